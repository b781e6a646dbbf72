"""Wrong values of sign-in at the load balancer, each with its line."""

from typing import Any

from tests.settings.bad_kinds import bounds, no_arn, whole
from tests.settings.stack_files import Bad

_PROVIDER: dict[str, Any] = {
    "signIn.issuer": "https://id.example.com",
    "signIn.authorizationEndpoint": "https://id.example.com/oauth2/authorize",
    "signIn.tokenEndpoint": "https://id.example.com/oauth2/token",
    "signIn.userInfoEndpoint": "https://id.example.com/oauth2/userinfo",
    "signIn.clientId": "dify-prod",
    "signIn.login": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:dify-sign-in-AbCdEf",
}
_ENDPOINTS = ("issuer", "authorizationEndpoint", "tokenEndpoint", "userInfoEndpoint")
_LOGIN = _PROVIDER["signIn.login"]

SIGN_IN: tuple[Bad, ...] = (
    *(
        Bad(
            key=f"signIn.{name}",
            value="http://id.example.com/x",
            also=_PROVIDER,
            rule="must be HTTPS, or sign-in can be read and forged on its way",
            fix="write https://id.example.com/x",
        )
        for name in _ENDPOINTS
    ),
    *(
        Bad(
            key="signIn.tokenEndpoint",
            value=value,
            also=_PROVIDER,
            rule="must be an HTTPS address of a public host, without query",
            fix="write it like https://id.example.com",
        )
        for value in (
            "id.example.com",
            "https://localhost/token",
            "https://id.example.com/token?a=b",
            "https://id.example.com/{{resolve:ssm:x}}",
            "",
        )
    ),
    *(
        Bad(
            key="signIn",
            value={key.removeprefix("signIn."): value for key, value in _PROVIDER.items() if key != missing},
            at=missing,
            got="nothing",
            rule="the key is required",
            fix=f'add it, for example "{_PROVIDER[missing]}"',
        )
        for missing in _PROVIDER
    ),
    Bad(
        key="network.internet",
        value=False,
        at="signIn.issuer",
        got='"https://id.example.com"',
        also={**_PROVIDER, "edge.allowedCidrs": ["10.0.0.0/8"]},
        rule="a network without internet does not reach it",
        fix="remove signIn",
    ),
    *(
        Bad(
            key="signIn.clientId",
            value=value,
            also=_PROVIDER,
            rule="must be the id of a client, without spaces",
            fix="copy it from the identity provider",
        )
        for value in ("", "two words", "{{resolve:ssm:x}}")
    ),
    Bad(
        key="signIn.clientSecret",
        value="written in plain text",
        got="[hidden]",
        also=_PROVIDER,
        rule="secrets are generated inside AWS",
        fix="remove it",
    ),
    *(no_arn("signIn.login", value, _PROVIDER) for value in ("dify-sign-in", _LOGIN[:-1])),
    Bad(
        key="signIn.login",
        value=_LOGIN.replace("eu-central-1", "us-east-1"),
        also=_PROVIDER,
        rule="must be in the stack's region eu-central-1",
        fix="keep the login in a secret of eu-central-1",
    ),
    *(
        Bad(
            key="signIn.loginVersion",
            value=value,
            also=_PROVIDER,
            rule="must be the id of a version, of 32 to 64 characters",
            fix="copy it from aws secretsmanager list-secret-version-ids",
        )
        for value in ("AWSCURRENT", "", "1" * 65)
    ),
    *(
        Bad(
            key="signIn.scope",
            value=value,
            also=_PROVIDER,
            rule="must be words with one space between them, openid among them",
            fix="write it like openid email",
        )
        for value in ("email", "openid, email", "openid  email", "")
    ),
    *bounds("signIn.sessionSeconds", 1, 604_800, also=_PROVIDER),
    *(
        Bad(key=bad.key, value=bad.value, also=_PROVIDER, rule=bad.rule, fix=bad.fix)
        for bad in whole("signIn.sessionSeconds", 28_800)
    ),
    Bad(
        key="signIn.publishedApps",
        value="closed",
        also=_PROVIDER,
        rule="must be one of open, signed-in",
        fix="set one of them",
    ),
)
