using PhaserAI.Migrations.Cdk.Tests;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

// Every call of the CDK goes to one process of node, one after the other
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(Systems))]
