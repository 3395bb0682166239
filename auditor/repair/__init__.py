"""Convert what can be converted, and write the feed that will pass.

repair.py      all of it: audit and feed → new files and addresses → the corrected feed

What is to be done:

basis.py       what a repair stands on: the audit, its policy, its feed
audited.py     an audit, read as a stream
survey.py      feed and audit side by side, image by image
remedy.py      findings → what is to be done: rules as one table
planning.py    the plan, told without doing anything
rules.py       what holds for every image: how it is judged, and what a policy asks of new ones
address.py     where the user will publish them
paths.py       places that a repair writes to

Seeing it through:

mending.py     the engine of a check, at work for a repair
errand.py      one address's way, from hop to hop to a whole image
making.py      a whole image: converted, and the new file looked at
journal.py     what became of which address, for this run and the next
key.py         what stands for an address in it
outcome.py     how one ended
remnants.py    what a killed run has left

In folders of their own: pictures/, which converts them, and feeds/, which writes the corrected feed.

What is told: entry.py (one image), account.py (counts), listing.py (CSV), summary.py, progress.py.
"""
