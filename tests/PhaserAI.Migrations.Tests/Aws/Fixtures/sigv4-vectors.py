"""Signs as botocore does, the signer of the AWS CLI.

python3 sigv4-vectors.py > sigv4-vectors.json     makes the vectors; made with botocore 1.43.11
python3 sigv4-vectors.py --sign < requests        reads requests as they stand in there, and writes their signatures

The keys are the ones of AWS's documentation; the time is always the same.
"""
import datetime
import json
import sys
from unittest import mock

import botocore
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5)
KEYS = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
TOKEN = "Fwo/Tok+en=="
JSON = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "secretsmanager.GetSecretValue"}
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


class Clock(datetime.datetime):
    @classmethod
    def utcnow(cls):
        return NOW

    @classmethod
    def now(cls, tz=None):
        return NOW.replace(tzinfo=tz)


def sign(method, url, headers, body, region, service, token):
    request = AWSRequest(method, url, data=body.encode(), headers=headers)
    auth.SigV4Auth(Credentials(*KEYS, token), service, region).add_auth(request)
    return request.headers["Authorization"]


def vector(method, url, headers, body, region, service, token):
    return {"method": method, "url": url, "headers": headers, "body": body, "region": region, "service": service, "token": token,
            "authorization": sign(method, url, headers, body, region, service, token)}


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

if "--sign" in sys.argv:
    json.dump([sign(**request) for request in json.load(sys.stdin.buffer)], sys.stdout)
    sys.exit()

requests = [vector(method, url, headers, body, region, service, token)
            for method, url, headers, body in [
                ("POST", "https://secretsmanager.eu-central-1.amazonaws.com/", JSON, '{"SecretId":"prod/db"}'),
                ("POST", "https://secretsmanager.eu-central-1.amazonaws.com:8443/", JSON, '{"SecretId":"arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-b1"}'),
                ("POST", "http://127.0.0.1:5601/", JSON, "{}"),
                ("POST", "http://127.0.0.1:80/", JSON, ""),
                ("POST", "http://localhost:5601/base/path", JSON, '{"SecretId":"größe ☃"}'),
                ("POST", "http://localhost:5601/a%20b/(c)/d~e", JSON, '{"k":1}'),
                ("POST", "https://monitoring.eu-central-1.amazonaws.com/", FORM, "Action=PutMetricData&Version=2010-08-01&Namespace=PhaserAI%2FMigrations&MetricData.member.1.MetricName=MigrationSuccess"),
                ("POST", "https://rds.eu-central-1.amazonaws.com/", FORM, "Action=DescribeDBSnapshots&DBSnapshotIdentifier=a+b%C3%A9"),
                ("GET", "https://example.amazonaws.com/", {}, ""),
                ("GET", "https://example.amazonaws.com/?Param2=value2&Param1=value1", {}, ""),
                ("GET", "https://example.amazonaws.com/a%20b%20c/?x=2&x=1&x=10&a-=1&a=2&b&c=", {}, ""),
                ("GET", "https://example.amazonaws.com/gr%C3%B6%C3%9Fe/%E2%98%83?%E2%98%83=%C3%A9%20%2B&z=%2F%3F%3D%26&A=1&a=1", {}, ""),
                ("DELETE", "http://localhost:5601/x%2Fy?list-type=2&prefix=a%2Fb", {"X-Amz-Meta": "two  words"}, ""),
            ]
            for region, service in [("eu-central-1", "secretsmanager"), ("us-gov-west-1", "logs")]
            for token in [None, TOKEN]]
tokens = [presign(host, port, user, region, token)
          for host, port, region in [("db.abc.us-east-1.rds.amazonaws.com", 5432, "us-east-1"), ("127.0.0.1", 15432, "cn-north-1")]
          for user in ["iam_user", "Max Muster+1@example.com", "größe"]
          for token in [None, TOKEN]]
print(json.dumps({"botocore": botocore.__version__, "requests": requests, "tokens": tokens}, indent=1, ensure_ascii=False))
