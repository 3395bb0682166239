"""Whole images decoded, in processes of their own.

confined.py   the processes: as many as asked for, each replaced when it ends
decoders.py   what is asked of them
worker.py     what runs in them; the only place that imports Pillow

A file from a stranger can take any memory and any time, and now and then the whole process. So each process has a
limit of memory and of processor time from the system itself, and losing one loses nothing else.
"""

from auditor.pixels.decoders import Decoders, open_decoders

__all__ = ["Decoders", "open_decoders"]
