"""Files as cells: text exactly as it stands, read in a process of its own that nothing in a file can outlive.

This room knows nothing of books: bytes go in, columns of text come out.
"""

from invoicekit.workbooks.cells import Cells, File
from invoicekit.workbooks.limits import Limits
from invoicekit.workbooks.reading import SUFFIXES, Readers, Reading, read_file

__all__ = ["SUFFIXES", "Cells", "File", "Limits", "Readers", "Reading", "read_file"]
