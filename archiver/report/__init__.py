"""The evidence report: one job as a PDF that explains itself and carries its record along.

    making ──► exhibits      pictures sized for print, made by the decoders
          ├──► document      what the report says, as data (from `jobpage`'s context)
          │      ├── words      every text of the report's own
          │      └── lettering  texts as sent, made fit for the fonts there are
          └──► typesetting   Typst, which sets `archiver/report/report.typ`

Untrusted text reaches Typst as data and never as markup; pictures only as JPEGs made here.
"""

from archiver.report.making import ReportMade, make_report, report_maker
from archiver.report.typesetting import TypstMissing

__all__ = ["ReportMade", "TypstMissing", "make_report", "report_maker"]
