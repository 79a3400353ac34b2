"""Which prompts the simulated moderation refuses: by words put in on purpose, never by guessing.

A prompt with `safelight:block-prompt` is refused as a prompt, one with `safelight:block-output` when its image
has been made. Anything else passes, so that no test fails by an unlucky choice of words.
"""

MARK = "safelight:"

TRIGGERS = {
    "safelight:block-prompt": "moderated-prompt",
    "safelight:block-output": "moderated-output",
}


def verdict(prompt: str) -> str | None:
    """The ending that a prompt's trigger words give its job, or None."""
    if MARK not in prompt:
        return None
    return next((ending for word, ending in TRIGGERS.items() if word in prompt), None)
