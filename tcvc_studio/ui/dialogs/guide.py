"""The user guide, to be read beside the work."""

from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QTextBrowser, QWidget

from tcvc_studio.assets import docs_folder
from tcvc_studio.ui.dialogs.frame import Dialog

_NAME = "user-guide.md"


class GuideDialog(Dialog):
    """Shows docs/user-guide.md with its pictures. Links to other pages of the documentation open in the browser."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("User Guide", parent, width=820, height=620)
        self.page = QTextBrowser()
        self.page.setAccessibleName("User guide")
        self.page.setOpenExternalLinks(True)
        path = docs_folder() / _NAME
        self.page.setSearchPaths([str(docs_folder())])
        if path.is_file():
            self.page.setSource(QUrl.fromLocalFile(str(path)), QTextDocument.ResourceType.MarkdownResource)
        else:
            self.page.setPlainText(f"The user guide is not installed; it should lie at {path}.")
        self.body.addWidget(self.page, 1)
        self.add_close("Close")
