"""Words that the page's script says."""

from django.utils.translation import gettext as _


def words() -> dict[str, str]:
    """Each word or sentence in the language in force; `{0}` and `{1}` are filled by the script."""
    return {
        "no_answer": _("The node did not answer; it is asked again when you move."),
        "cursor": _("at {0}: {1}"),
        "bad": _("bad"),
        "uncertain": _("uncertain"),
        "gap_open": _("named gap: {0}, not filled"),
        "gap_filled": _("named gap: {0}, filled ({1})"),
        "gaps": _("gaps"),
        "not_good": _("not good"),
        "samples": _("{0} samples"),
        "alarms": _("alarms"),
        "notes": _("notes"),
        "edit": _("edit"),
        "remove": _("remove"),
        "remove_sure": _("Remove this note?"),
        "note_at": _("at {0}"),
        "note_over": _("from {0} to {1}"),
        "note_kept": _("The note is kept."),
        "note_removed": _("The note is removed."),
        "stretch_from": _("a stretch from {0}; move the cursor to its end and press N"),
        "left_out": _("take out"),
        "scale": _("Scale"),
        "automatic": _("automatic"),
        "lowest": _("lowest"),
        "highest": _("highest"),
        "fix": _("fix"),
        "then": _("compared with {0}"),
        "no_frames": _("No such event."),
        "making": _("The file is being made: {0} %"),
        "made": _("The file is ready ({0})."),
        "broken": _("The file was not made: the connection broke."),
    }
