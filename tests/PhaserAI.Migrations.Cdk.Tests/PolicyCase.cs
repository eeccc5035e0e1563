namespace PhaserAI.Migrations.Cdk.Tests;

/// <summary>A request to AWS, and the answer that it must get.</summary>
/// <param name="Name">What is tried.</param>
/// <param name="Expected">Allowed, ImplicitlyDenied (nothing allows it) or ExplicitlyDenied.</param>
/// <param name="Who">Whose policies: function, operators, callers, everything; or a service.</param>
/// <param name="Action">The action.</param>
/// <param name="Resource">An ARN, with {bucket} and the like for those of the templates.</param>
/// <param name="Context">Condition keys of the request.</param>
internal sealed record PolicyCase(string Name, string Expected, string Who, string Action, string Resource, params (string Name, string Value)[] Context);
