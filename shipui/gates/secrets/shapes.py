"""What the tokens of each provider look like, as data.

A shape is written as a pattern of its own: literal text, and {kind length} or {kind shortest-longest}. From it come the
regular expression and a made-up sample for tests, so no text that looks like a token stands in this repository.

    A  letters and digits      a  lower case and digits    U  upper case and digits   d  digits
    h  lower-case hexadecimal  H  hexadecimal              w  A with _ and -          b  base64       B  base64 of URLs, with dots
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property

_KINDS = {
    "A": ("[A-Za-z0-9]", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    "a": ("[a-z0-9]", "abcdefghijklmnopqrstuvwxyz0123456789"),
    "U": ("[A-Z0-9]", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    "d": ("[0-9]", "0123456789"),
    "h": ("[a-f0-9]", "0123456789abcdef"),
    "H": ("[A-Fa-f0-9]", "0123456789abcdef"),
    "w": ("[A-Za-z0-9_-]", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    "b": ("[A-Za-z0-9+/]", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    "B": ("[A-Za-z0-9_.=-]", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
}
_PART = re.compile(r"\{(?P<kind>[AaUdhHwbB])(?P<least>\d+)(?:-(?P<most>\d+))?\}")


@dataclass(frozen=True)
class Shape:
    id: str
    provider: str
    patterns: tuple[str, ...]
    near: tuple[str, ...] = ()
    """Words of which one must stand before it, in the same assignment; without them the pattern alone says too little."""
    test_only: bool = False
    """The provider's own mark for tokens that reach no real data."""

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Lower case: a text without any of them need not be searched."""
        if self.near:
            return tuple(word.lower() for word in self.near)
        return tuple(_longest_literal(pattern).lower() for pattern in self.patterns)

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """Its group `secret` is what to hide."""
        if self.near:
            tokens = "|".join(_expression_of(pattern) for pattern in self.patterns)
            words = "|".join(re.escape(word) for word in self.near)
            return re.compile(
                rf"(?i:{words})[\w .-]{{0,30}}[\"']?\s{{0,4}}(?:=>|:=|=|:|,|\()\s{{0,4}}[\"'`]?(?P<secret>{tokens})(?![A-Za-z0-9_])"
            )
        tokens = "|".join(_apart(_expression_of(pattern)) for pattern in self.patterns)
        return re.compile(rf"(?P<secret>{tokens})(?![A-Za-z0-9_])")

    def sample(self, seed: str = "") -> str:
        """A made-up token of this shape (its first pattern), in an assignment where the shape needs one."""
        tokens = (filled(self.patterns[0], f"{seed or self.id}{turn}") for turn in range(50))
        token = next(each for each in tokens if re.search(r"\d", each[len(_longest_literal(self.patterns[0])) :]))
        return f'{self.near[0]}_key = "{token}"' if self.near else token


def _expression_of(pattern: str) -> str:
    parts = []
    end = 0
    for found in _PART.finditer(pattern):
        parts.append(re.escape(pattern[end : found.start()]))
        most = f",{found['most']}" if found["most"] else ""
        parts.append(f"{_KINDS[found['kind']][0]}{{{found['least']}{most}}}")
        end = found.end()
    parts.append(re.escape(pattern[end:]))
    return "".join(parts)


def _apart(expression: str) -> str:
    """The same, where no letter or digit stands before it. The question comes after the beginning: so a search can skip to that."""
    kind = re.match(r"\[[^\]]+\]", expression)
    if kind is None:
        beginning = re.match(r"[^[]+", expression)
        literal = beginning.group() if beginning is not None else ""
        return f"{literal}(?<![A-Za-z0-9_]{literal}){expression[len(literal) :]}"
    counts = re.match(r"\{(\d+)(?:,(\d+))?\}", expression[kind.end() :])
    assert counts is not None
    most = f",{int(counts[2]) - 1}" if counts[2] else ""
    rest = expression[kind.end() + counts.end() :]
    return f"{kind.group()}(?<![A-Za-z0-9_].){kind.group()}{{{int(counts[1]) - 1}{most}}}{rest}"


def _longest_literal(pattern: str) -> str:
    return max(_PART.split(pattern)[0::4], key=len)


def filled(pattern: str, seed: str) -> str:
    """A made-up text of a pattern; the same for the same seed."""

    def fill(found: re.Match[str]) -> str:
        alphabet = _KINDS[found["kind"]][1]
        digest = b"".join(hashlib.sha256(f"{seed}{found.start()}{block}".encode()).digest() for block in range(8))
        return "".join(alphabet[each % len(alphabet)] for each in digest[: int(found["least"])])

    return _PART.sub(fill, pattern)


def _shape(id: str, provider: str, *patterns: str, near: tuple[str, ...] = (), test_only: bool = False) -> Shape:
    return Shape(id, provider, patterns, near, test_only)


SHAPES: tuple[Shape, ...] = (
    _shape("aws-access-key", "AWS", "AKIA{U16}", "ASIA{U16}", "ABIA{U16}", "ACCA{U16}", "A3T{U17}"),
    _shape(
        "aws-secret-key",
        "AWS",
        "{b40}",
        near=("aws_secret_access_key", "aws_secret_key", "secretAccessKey", "aws_secret", "secret_access_key"),
    ),
    _shape("aws-session-token", "AWS", "{b100-1000}", near=("aws_session_token",)),
    _shape("gcp-api-key", "Google", "AIza{w35}"),
    _shape("gcp-oauth-secret", "Google", "GOCSPX-{w28}"),
    _shape("gcp-oauth-token", "Google", "ya29.{w40-400}"),
    _shape("azure-storage-key", "Azure", "{b86}==", near=("AccountKey", "account_key", "azure_storage")),
    _shape("azure-client-secret", "Azure", "{A3}8Q~{w34}", "{A3}7Q~{w34}"),
    _shape(
        "azure-devops-token",
        "Azure DevOps",
        "{a52}",
        near=("azure_devops_pat", "AZURE_DEVOPS_EXT_PAT", "azdo_token", "devops_token"),
    ),
    _shape(
        "github-token", "GitHub", "ghp_{A36-255}", "gho_{A36-255}", "ghu_{A36-255}", "ghs_{A36-255}", "ghr_{A36-255}"
    ),
    _shape("github-fine-grained-token", "GitHub", "github_pat_{A22}_{A59}"),
    _shape(
        "gitlab-token",
        "GitLab",
        "glpat-{w20-60}",
        "gldt-{w20-60}",
        "glrt-{w20-60}",
        "glptt-{h40}",
        "glcbt-{w20-60}",
        "glsoat-{w20-60}",
        "glft-{w20-60}",
        "gloas-{h64}",
        "glagent-{w50}",
    ),
    _shape("bitbucket-token", "Bitbucket", "ATBB{A32}{H8}", "ATCTT3xFfG{w150-200}={H8}"),
    _shape(
        "slack-token",
        "Slack",
        "xoxb-{d10-13}-{d10-13}-{A24}",
        "xoxp-{d10-13}-{d10-13}-{d10-13}-{h32}",
        "xoxa-{w20-100}",
        "xoxr-{w20-100}",
        "xoxs-{w20-100}",
        "xoxe.xoxp-1-{w100-200}",
        "xapp-{d1}-{U9-12}-{d10-13}-{h64}",
        "xoxb-{w40-100}",
        "xoxp-{w40-100}",
    ),
    _shape(
        "slack-webhook",
        "Slack",
        "hooks.slack.com/services/T{U8-12}/B{U8-12}/{A24}",
        "hooks.slack.com/workflows/T{U8-12}/A{U8-12}/{d17-19}/{A24}",
    ),
    _shape("stripe-secret-key", "Stripe", "sk_live_{A24-99}", "rk_live_{A24-99}"),
    _shape("stripe-test-key", "Stripe", "sk_test_{A24-99}", "rk_test_{A24-99}", test_only=True),
    _shape("stripe-webhook-secret", "Stripe", "whsec_{A32-64}"),
    _shape("twilio-api-key", "Twilio", "SK{h32}"),
    _shape(
        "twilio-auth-token",
        "Twilio",
        "{h32}",
        near=("twilio_auth_token", "twilio_token", "twilio_auth", "TWILIO_AUTH", "authToken", "auth_token"),
    ),
    _shape("sendgrid-key", "SendGrid", "SG.{w22}.{w43}"),
    _shape("sendinblue-key", "Brevo", "xkeysib-{h64}-{A16}"),
    _shape("npm-token", "npm", "npm_{A36}"),
    _shape("npm-auth", "npm", "{b20-200}", "{a8}-{a4}-{a4}-{a4}-{a12}", near=("_authToken", "_auth")),
    _shape("pypi-token", "PyPI", "pypi-AgEIcHlwaS5vcmc{w50-1000}", "pypi-AgENdGVzdC5weXBpLm9yZw{w50-1000}"),
    _shape("rubygems-key", "RubyGems", "rubygems_{h48}"),
    _shape("crates-io-token", "crates.io", "cio{A32}"),
    _shape("nuget-key", "NuGet", "oy2{a43}"),
    _shape("clojars-token", "Clojars", "CLOJARS_{a60}"),
    _shape("docker-token", "Docker Hub", "dckr_pat_{w27}", "dckr_oat_{w32}"),
    _shape(
        "openai-key",
        "OpenAI",
        "sk-proj-{w40-200}",
        "sk-svcacct-{w40-200}",
        "sk-admin-{w40-200}",
        "sk-{A20}T3BlbkFJ{A20}",
        "sk-{A48}",
    ),
    _shape("anthropic-key", "Anthropic", "sk-ant-api03-{w93}AA", "sk-ant-admin01-{w93}AA", "sk-ant-{w40-120}"),
    _shape("huggingface-token", "Hugging Face", "hf_{A34-40}", "api_org_{A34}"),
    _shape("cohere-key", "Cohere", "{A40}", near=("cohere_api_key", "CO_API_KEY", "cohere")),
    _shape("replicate-token", "Replicate", "r8_{A37-40}"),
    _shape("groq-key", "Groq", "gsk_{A52}"),
    _shape("perplexity-key", "Perplexity", "pplx-{A48-56}"),
    _shape("xai-key", "xAI", "xai-{A70-90}"),
    _shape("pinecone-key", "Pinecone", "pcsk_{w60-80}"),
    _shape("langsmith-key", "LangSmith", "lsv2_pt_{h32}_{h10}", "lsv2_sk_{h32}_{h10}"),
    _shape("digitalocean-token", "DigitalOcean", "dop_v1_{h64}", "doo_v1_{h64}", "dor_v1_{h64}"),
    _shape("heroku-key", "Heroku", "HRKU-{w36-70}"),
    _shape(
        "heroku-api-key",
        "Heroku",
        "{H8}-{H4}-{H4}-{H4}-{H12}",
        near=("heroku_api_key", "heroku_key", "HEROKU_API", "heroku"),
    ),
    _shape(
        "cloudflare-token",
        "Cloudflare",
        "{w40}",
        "{h37}",
        near=("cloudflare_api_token", "cloudflare_api_key", "CF_API_TOKEN", "CF_API_KEY", "cloudflare"),
    ),
    _shape("cloudflare-origin-key", "Cloudflare", "v1.0-{h24}-{h146}"),
    _shape(
        "datadog-key",
        "Datadog",
        "{h32}",
        "{h40}",
        near=("datadog_api_key", "dd_api_key", "DD_APP_KEY", "datadog_app_key", "datadog"),
    ),
    _shape("shopify-token", "Shopify", "shpat_{H32}", "shpca_{H32}", "shppa_{H32}", "shpss_{H32}"),
    _shape("square-token", "Square", "sq0atp-{w22}", "sq0csp-{w43}", "EAAA{w60}"),
    _shape("paypal-braintree-token", "Braintree", "access_token$production${a16}${h32}"),
    _shape("mailgun-key", "Mailgun", "key-{h32}", "{h32}-{h8}-{h8}"),
    _shape("mailchimp-key", "Mailchimp", "{h32}-us{d1-2}"),
    _shape(
        "postmark-token",
        "Postmark",
        "{h8}-{h4}-{h4}-{h4}-{h12}",
        near=("postmark_server_token", "postmark_api_token", "postmark"),
    ),
    _shape("telegram-bot-token", "Telegram", "{d8-10}:AA{w33}"),
    _shape("discord-token", "Discord", "M{w23-25}.{w6}.{w27-38}", "N{w23-25}.{w6}.{w27-38}", "O{w23-25}.{w6}.{w27-38}"),
    _shape(
        "discord-webhook",
        "Discord",
        "discord.com/api/webhooks/{d17-20}/{w60-80}",
        "discordapp.com/api/webhooks/{d17-20}/{w60-80}",
    ),
    _shape(
        "teams-webhook",
        "Microsoft Teams",
        ".webhook.office.com/webhookb2/{h8}-{h4}-{h4}-{h4}-{h12}@{h8}-{h4}-{h4}-{h4}-{h12}/IncomingWebhook/{h32}",
    ),
    _shape("atlassian-token", "Atlassian", "ATATT3{w150-250}={H8}", "ATATT3{w60-300}"),
    _shape("databricks-token", "Databricks", "dapi{h32}"),
    _shape("dropbox-token", "Dropbox", "sl.{w130-152}", "sl.u.{w130-1000}"),
    _shape("doppler-token", "Doppler", "dp.pt.{A43}", "dp.st.{A43}", "dp.ct.{A43}", "dp.scim.{A43}", "dp.audit.{A43}"),
    _shape("fastly-token", "Fastly", "{w32}", near=("fastly_api_token", "fastly_api_key", "fastly_key", "fastly")),
    _shape("grafana-token", "Grafana", "glsa_{A32}_{H8}", "glc_{b32-400}", "eyJrIjoi{b70-400}"),
    _shape("vault-token", "HashiCorp Vault", "hvs.{w90-120}", "hvb.{w130-212}", "hvs.{w24}"),
    _shape("terraform-token", "Terraform Cloud", "{A14}.atlasv1.{w60-70}"),
    _shape("linear-key", "Linear", "lin_api_{A40}", "lin_oauth_{h64}"),
    _shape("newrelic-key", "New Relic", "NRAK-{U27}", "NRII-{w32}", "NRJS-{h19}", "{h36}NRAL"),
    _shape("notion-token", "Notion", "secret_{A43}", "ntn_{A46}"),
    _shape("okta-token", "Okta", "00{w40}", near=("okta_api_token", "okta_token", "SSWS", "okta")),
    _shape("planetscale-token", "PlanetScale", "pscale_tkn_{w32-64}", "pscale_pw_{w32-64}", "pscale_oauth_{w32-64}"),
    _shape("postman-key", "Postman", "PMAK-{h24}-{h34}"),
    _shape("pulumi-token", "Pulumi", "pul-{h40}"),
    _shape("sentry-token", "Sentry", "sntrys_{b80-400}", "sntryu_{h64}", "sntrya_{h64}"),
    _shape("supabase-key", "Supabase", "sbp_{h40}", "sb_secret_{w31}"),
    _shape("vercel-token", "Vercel", "{A24}", near=("vercel_token", "vercel_api_token", "VERCEL_ACCESS_TOKEN")),
    _shape("netlify-token", "Netlify", "nfp_{A36-40}"),
    _shape("flyio-token", "Fly.io", "fo1_{w43}", "FlyV1 fm2_{b100-600}"),
    _shape("railway-token", "Railway", "{h8}-{h4}-{h4}-{h4}-{h12}", near=("railway_token", "railway_api_token")),
    _shape("airtable-token", "Airtable", "pat{A14}.{h64}"),
    _shape("asana-token", "Asana", "{d1}/{d16}:{h32}", "{d1}/{d16}/{d16}:{h32}"),
    _shape(
        "algolia-key", "Algolia", "{h32}", near=("algolia_admin_key", "algolia_api_key", "ALGOLIA_WRITE_KEY", "algolia")
    ),
    _shape("adobe-secret", "Adobe", "p8e-{w32}"),
    _shape("alibaba-key", "Alibaba Cloud", "LTAI{A20}"),
    _shape("tencent-key", "Tencent Cloud", "AKID{A32}"),
    _shape("yandex-key", "Yandex Cloud", "AQVN{w35-38}", "t1.{w80-400}.{w86}"),
    _shape("artifactory-key", "JFrog", "AKCp{A69}", "cmVmdGtu{A56}"),
    _shape("sonar-token", "SonarQube", "sqp_{h40}", "squ_{h40}", "sqa_{h40}"),
    _shape("snyk-token", "Snyk", "{h8}-{h4}-{h4}-{h4}-{h12}", near=("snyk_token", "snyk_api_token")),
    _shape("circleci-token", "CircleCI", "CCIPAT_{A22}_{h40}", "CCIPRJ_{A22}_{h40}"),
    _shape("buildkite-token", "Buildkite", "bkua_{h40}"),
    _shape("launchdarkly-key", "LaunchDarkly", "sdk-{h8}-{h4}-{h4}-{h4}-{h12}", "api-{h8}-{h4}-{h4}-{h4}-{h12}"),
    _shape("mapbox-secret", "Mapbox", "sk.eyJ{w60-200}.{w22}"),
    _shape("facebook-token", "Facebook", "EAACEdEose0cBA{A20-200}", "EAA{A80-300}"),
    _shape("twitter-bearer", "X", "AAAAAAAAAAAAAAAAAAAAA{A80-300}", "AAAAAAAAAAAAAAAAAAAAA{A10-60}%{A40-200}"),
    _shape("linkedin-secret", "LinkedIn", "{A16}", near=("linkedin_client_secret", "linkedin_secret")),
    _shape("figma-token", "Figma", "figd_{w40-60}"),
    _shape("intercom-token", "Intercom", "dG9r{b56}="),
    _shape("hubspot-token", "HubSpot", "pat-na1-{H8}-{H4}-{H4}-{H4}-{H12}", "pat-eu1-{H8}-{H4}-{H4}-{H4}-{H12}"),
    _shape("frameio-token", "Frame.io", "fio-u-{w64}"),
    _shape("duffel-token", "Duffel", "duffel_live_{w43}"),
    _shape("easypost-key", "EasyPost", "EZAK{A54}"),
    _shape("shippo-token", "Shippo", "shippo_live_{H40}"),
    _shape("flutterwave-key", "Flutterwave", "FLWSECK-{a32}-X"),
    _shape("razorpay-key", "Razorpay", "rzp_live_{A14}"),
    _shape("prefect-key", "Prefect", "pnu_{A36}"),
    _shape("readme-key", "ReadMe", "rdme_{a70}"),
    _shape("typeform-token", "Typeform", "tfp_{w59}"),
    _shape("onepassword-token", "1Password", "ops_eyJ{b200-900}", "A3-{U6}-{U11}-{U5}-{U5}-{U5}"),
    _shape(
        "tailscale-key",
        "Tailscale",
        "tskey-auth-{A10-20}-{A20-40}",
        "tskey-api-{A10-20}-{A20-40}",
        "tskey-{A10-20}-{A20-40}",
    ),
    _shape("age-key", "age", "AGE-SECRET-KEY-1{U58}"),
    _shape(
        "confluent-secret",
        "Confluent",
        "{b64}",
        near=("confluent_secret", "confluent_api_secret", "CONFLUENT_CLOUD_API_SECRET"),
    ),
    _shape(
        "elastic-key", "Elastic", "{b60}==", near=("elastic_api_key", "ELASTIC_APM_SECRET", "elasticsearch_api_key")
    ),
)
