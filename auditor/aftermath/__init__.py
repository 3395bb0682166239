"""What comes after the upload: processing reports, waiting periods, the support case.

Processing reports, beside the feed and its audit:

    reconcile.py    all of it: reports, feed and audit → what holds of each complaint, and what to do
    reports/        one module per kind of report
    complaint.py    what a report says, complaint by complaint
    codes.py        what Amazon's codes say of images; codes.toml has them
    join.py         complaints to the rows that they are about; docket.py keeps them meanwhile
    audited.py      what an audit found of each image, read or as it comes
    standing.py     what holds of an image: their complaint and our findings
    lines.py        reconcile.csv; reconciled.py the counts, publication.py both and the round

    error_table.py, summary_text.py     parts of text reports
    messages.py, summary_sheet.py       parts of workbooks

Waiting:

    submitted.py    an upload is noted
    waiting.py      whether images can be expected by now; pending.py tells it
    moments.py      points in time, as people write them

The support case:

    casework.py     all of it: a list, a feed, an audit → the folder of the case
    missing.py      the products that show no picture; missing_file.py reads a list of them, of whichever kind:
                    missing_table.py text, missing_items.py JSON
    wanted.py       what the feed asks for of these; looks.py what an audit says of them
    case.py         which of them are ready; methods.py the ways in which sellers manage products
    letter.py       the text for support; folder.py all that is left
    guide.py        the same steps for people to read

Of both: channel.py, whether an audit's rules are Amazon's.
"""
