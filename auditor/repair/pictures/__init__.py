"""Pictures, converted to what is accepted.

converter.py   the processes that convert, each picture in one of them
worker.py      what runs there
picture.py     one picture, as a recipe says: conversion.py and encoding.py its steps
source.py      what is decoded, colors.py its colours (png_colors.py where a PNG has no profile), naming.py its name
tail.py        whether a JPEG is whole
converted.py   what came of it, wording.py in words
"""
