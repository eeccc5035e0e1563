// Reads {templates, cases} from the standard input, and answers each case with Allowed, ImplicitlyDenied or ExplicitlyDenied.
// Intrinsic functions are resolved to made-up names; "{bucket}" and the like in a case are replaced by the same.
import { runSimulation } from '@cloud-copilot/iam-simulate';
import fs from 'node:fs';

const account = '123456789012';
const region = 'eu-central-1';
const pseudo = { 'AWS::Partition': 'aws', 'AWS::AccountId': account, 'AWS::Region': region, 'AWS::URLSuffix': 'amazonaws.com' };
const input = JSON.parse(fs.readFileSync(0, 'utf8'));
const [database, migration] = input.templates.map((file) => JSON.parse(fs.readFileSync(file, 'utf8')));

const arns = {
  'AWS::S3::Bucket': (id) => `arn:aws:s3:::${id.toLowerCase()}`,
  'AWS::KMS::Key': (id) => `arn:aws:kms:${region}:${account}:key/${id}`,
  'AWS::Logs::LogGroup': (id) => `arn:aws:logs:${region}:${account}:log-group:${id}:*`,
  'AWS::IAM::Role': (id) => `arn:aws:iam::${account}:role/${id}`,
  'AWS::SNS::Topic': (id) => `arn:aws:sns:${region}:${account}:${id}`,
  'AWS::Lambda::Function': (id, properties) => `arn:aws:lambda:${region}:${account}:function:${properties.FunctionName}`,
};
const attributes = { 'MasterUserSecret.SecretArn': `arn:aws:secretsmanager:${region}:${account}:secret:rds!db-0a1b2c3d-AbCdEf` };

function resolve(value, template) {
  if (Array.isArray(value)) return value.map((item) => resolve(item, template));
  if (value === null || typeof value !== 'object') return value;
  if (value.Ref) {
    const resource = template.Resources[value.Ref];
    if (pseudo[value.Ref]) return pseudo[value.Ref];
    return resource?.Properties?.DBInstanceIdentifier ?? (resource?.Type === 'AWS::SNS::Topic' ? arns[resource.Type](value.Ref) : value.Ref);
  }
  if (value['Fn::GetAtt']) {
    const [id, attribute] = value['Fn::GetAtt'];
    const resource = template.Resources[id];
    if (attribute === 'Arn') return arns[resource.Type](id, resource.Properties);
    return attributes[attribute] ?? `${id}.${attribute}`;
  }
  if (value['Fn::Join']) return resolve(value['Fn::Join'][1], template).join(value['Fn::Join'][0]);
  if (value['Fn::ImportValue']) {
    const output = Object.values(database.Outputs).find((candidate) => candidate.Export?.Name === value['Fn::ImportValue']);
    return resolve(output.Value, database);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, template)]));
}

function only(template, type, prefix = '') {
  const found = Object.entries(template.Resources).filter(([id, resource]) => resource.Type === type && id.startsWith(prefix));
  if (found.length !== 1) throw new Error(`${found.length} resources ${type} ${prefix}`);
  return { id: found[0][0], properties: resolve(found[0][1].Properties, template) };
}

const bucket = only(migration, 'AWS::S3::Bucket');
const key = only(migration, 'AWS::KMS::Key', 'Backups');
const topic = only(migration, 'AWS::SNS::Topic');
const lambda = only(migration, 'AWS::Lambda::Function');
const names = {
  bucket: arns['AWS::S3::Bucket'](bucket.id),
  key: arns['AWS::KMS::Key'](key.id),
  topic: arns['AWS::SNS::Topic'](topic.id),
  function: arns['AWS::Lambda::Function'](lambda.id, lambda.properties),
  secret: lambda.properties.Environment.Variables.DB_SECRET_ARN,
  databaseKey: arns['AWS::KMS::Key'](only(database, 'AWS::KMS::Key').id),
  instance: `arn:aws:rds:${region}:${account}:db:${lambda.properties.Environment.Variables.DB_INSTANCE_IDENTIFIER}`,
  snapshot: `arn:aws:rds:${region}:${account}:snapshot:`,
};
const identities = {
  function: only(migration, 'AWS::IAM::Role').properties.Policies.map((policy) => ({ name: policy.PolicyName, policy: policy.PolicyDocument })),
  operators: [{ name: 'operators', policy: only(migration, 'AWS::IAM::ManagedPolicy', 'Backups').properties.PolicyDocument }],
  callers: [{ name: 'callers', policy: only(migration, 'AWS::IAM::ManagedPolicy', 'Callers').properties.PolicyDocument }],
  everything: [{ name: 'everything', policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] } }],
  nothing: [],
};
const bucketPolicy = only(migration, 'AWS::S3::BucketPolicy').properties.PolicyDocument;
const resourcePolicies = {
  [names.topic]: only(migration, 'AWS::SNS::TopicPolicy').properties.PolicyDocument,
  [names.key]: key.properties.KeyPolicy,
  [names.databaseKey]: only(database, 'AWS::KMS::Key').properties.KeyPolicy,
};

const fill = (text) => text.replace(/\{(\w+)\}/g, (whole, name) => names[name] ?? whole);
const answers = [];
for (const { who, action, resource, context } of input.cases) {
  const arn = fill(resource);
  const isService = who.includes('.amazonaws.com');
  const simulation = {
    request: {
      principal: isService ? who : `arn:aws:iam::${account}:role/${who}`,
      action,
      resource: { resource: arn, accountId: account },
      contextVariables: {
        'aws:SecureTransport': 'true',
        's3:TlsVersion': '1.3',
        ...Object.fromEntries(Object.entries(context).map(([name, value]) => [name, fill(value)])),
      },
    },
    identityPolicies: isService ? [] : identities[who],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    resourcePolicy: arn.startsWith(names.bucket) ? bucketPolicy : resourcePolicies[arn],
  };
  const outcome = await runSimulation(simulation, {});
  answers.push(outcome.analysis?.result ?? outcome.result?.analysis?.result ?? outcome.overallResult ?? JSON.stringify(outcome).slice(0, 500));
}
process.stdout.write(JSON.stringify(answers));
