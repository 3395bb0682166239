"""The corrected feed: the same file with other image links, and no other byte changed.

rewrite.py     the whole of it
change.py      what is to change, and what did
patch.py       where bytes change, stretches.py and splice.py how the others are kept
tables.py      texts with cells: line_cursor.py, cells.py
objects.py     JSON: json_text.py, members.py, spots.py
elements.py    XML: element_text.py
sheets.py      workbooks: packing.py the archive, sheet_text.py as text
proof.py       the outcome read again: new_links.py, spooled.py
output.py      the file
diff.py        what is different, cell by cell
"""
