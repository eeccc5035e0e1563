using PhaserAI.Migrations.Cli;
using Xunit;

namespace PhaserAI.Migrations.Tests;

/// <summary>There is one version: of the command line, of the packages, and of what the history records.</summary>
public sealed class LibraryVersionTests
{
    [Fact]
    public void The_history_of_an_application_names_the_library_in_the_version_of_the_tool() => Assert.Equal(
        $"PhaserAI.Migrations {ToolVersion.Current}", new MigrationOptions { ConnectionString = "", Directory = "" }.Tool);
}
