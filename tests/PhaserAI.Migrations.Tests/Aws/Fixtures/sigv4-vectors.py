"""Makes sigv4-vectors.json with botocore, the signer of the AWS CLI: python3 sigv4-vectors.py > sigv4-vectors.json

Made with botocore 1.43.11. The keys are the ones of AWS's documentation; the time is always the same.
"""
import datetime
import json
from unittest import mock

import botocore
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5)
KEYS = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
TOKEN = "Fwo/Tok+en=="


class Clock(datetime.datetime):
    @classmethod
    def utcnow(cls):
        return NOW

    @classmethod
    def now(cls, tz=None):
        return NOW.replace(tzinfo=tz)


def sign(url, body, region, service, token):
    request = AWSRequest("POST", url, data=body.encode(), headers={
        "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "secretsmanager.GetSecretValue"})
    auth.SigV4Auth(Credentials(*KEYS, token), service, region).add_auth(request)
    return {"url": url, "body": body, "region": region, "service": service, "token": token,
            "authorization": request.headers["Authorization"]}


def presign(host, port, user, region, token):
    # As botocore.signers.generate_db_auth_token does; RDS wants the URL without its scheme.
    request = AWSRequest("GET", f"https://{host}:{port}/", params={"Action": "connect", "DBUser": user})
    auth.SigV4QueryAuth(Credentials(*KEYS, token), "rds-db", region, expires=900).add_auth(request)
    return {"host": host, "port": port, "user": user, "region": region, "token": token, "password": request.url[len("https://"):]}


patches = [mock.patch.object(auth, "get_current_datetime", lambda *a, **k: NOW, create=True)]
if hasattr(auth, "datetime"):
    module = type("module", (), {"datetime": Clock, "timezone": datetime.timezone, "UTC": datetime.timezone.utc})
    patches.append(mock.patch.object(auth, "datetime", module))
for patch in patches:
    patch.start()

requests = [sign(url, body, region, service, token)
            for url, body in [
                ("https://secretsmanager.eu-central-1.amazonaws.com/", '{"SecretId":"prod/db"}'),
                ("https://secretsmanager.eu-central-1.amazonaws.com:8443/", '{"SecretId":"arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-b1"}'),
                ("http://127.0.0.1:5601/", "{}"),
                ("http://127.0.0.1:80/", ""),
                ("http://localhost:5601/base/path", '{"SecretId":"größe ☃"}'),
                ("http://localhost:5601/a%20b/(c)/d~e", '{"k":1}'),
            ]
            for region, service in [("eu-central-1", "secretsmanager"), ("us-gov-west-1", "logs")]
            for token in [None, TOKEN]]
tokens = [presign(host, port, user, region, token)
          for host, port, region in [("db.abc.us-east-1.rds.amazonaws.com", 5432, "us-east-1"), ("127.0.0.1", 15432, "cn-north-1")]
          for user in ["iam_user", "Max Muster+1@example.com", "größe"]
          for token in [None, TOKEN]]
print(json.dumps({"botocore": botocore.__version__, "requests": requests, "tokens": tokens}, indent=1, ensure_ascii=False))
