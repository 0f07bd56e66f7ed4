"""The texts that people agree to: those that come with the program, stored with each version that was ever shown.

A company's own text is a version of its own (*Consent texts* in the admin); ``PRESENTE_CONSENT_POLICY`` names which one
is shown from now on. What somebody agreed to is the stored row, which nobody can change.
"""

from __future__ import annotations

from django.conf import settings

from employees.models import ConsentText

DEFAULT = "2026-1"
_EN = """\
Your company uses Presente to record working time. If you agree, it recognises you by your face.

What is kept: some photos of you, the part of them that shows your face, and a row of numbers computed from it (a
template). They are encrypted with a key of your own. They are used to recognise you, for the purposes that you choose
below, and for nothing else; a model may be adjusted to the people of this company with them. They are not sold, leased
or passed on.

How long: until you withdraw this consent or {days} days after your last day at work, at the latest. Then they are
erased, and the key is destroyed. Your punches are kept as long as labour law asks.

Your choice: nobody may put you at a disadvantage for saying no. You can always clock in with a number and a PIN. You
can withdraw this consent at any time, as easily as you gave it, here or by telling HR. You can ask for everything that
is kept about you, have it corrected or erased, and complain to the data protection authority.
"""
_ES = """\
Su empresa usa Presente para registrar el tiempo de trabajo. Si usted está de acuerdo, el programa lo reconoce por su
rostro.

Qué se guarda: algunas fotos de usted, la parte de ellas que muestra su rostro y una serie de números calculada a partir
de ella (una plantilla). Se cifran con una clave propia de usted. Se usan para reconocerlo, para los fines que usted
elija abajo, y para nada más; con ellas puede ajustarse un modelo a las personas de esta empresa. No se venden, no se
alquilan ni se entregan a terceros.

Cuánto tiempo: hasta que usted retire este consentimiento o, a más tardar, {days} días después de su último día de
trabajo. Entonces se borran y la clave se destruye. Sus marcaciones se conservan el tiempo que exige la ley laboral.

Su elección: nadie puede perjudicarlo por decir que no. Siempre puede marcar con un número y un PIN. Puede retirar este
consentimiento en cualquier momento, con la misma facilidad con que lo dio, aquí o avisando a RR. HH. Puede pedir todo
lo que se guarda sobre usted, hacer que se corrija o se borre, y reclamar ante la autoridad de protección de datos.
"""
_OURS = {"en": _EN, "es": _ES}


def consent_text(*, language: str, version: str = "") -> ConsentText | None:
    """The stored text of a version (the one shown now) in a language, else in English; None where there is none.

    The program's own text is stored when it is first asked for.
    """
    wanted = version or settings.CONSENT_POLICY_VERSION
    for code in (language.partition("-")[0], "en"):
        found = ConsentText.objects.filter(version=wanted, language=code).first()
        if found is None and wanted == DEFAULT and code in _OURS:
            wrapped = _OURS[code].format(days=settings.ERASE_AFTER_DAYS)
            text = "\n\n".join(" ".join(paragraph.split()) for paragraph in wrapped.split("\n\n"))
            found, _made = ConsentText.objects.get_or_create(version=wanted, language=code, defaults={"text": text})
        if found is not None:
            return found
    return None
