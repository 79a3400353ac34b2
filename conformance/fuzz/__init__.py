"""A gateway's own OpenAPI file: what it promises of answers, and requests that Schemathesis makes of it."""
