using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace PhaserAI.Migrations.Tests.Imports;

/// <summary>An application with EF Core and two migrations of it.</summary>
internal sealed class EfCoreShop(string connectionString) : DbContext
{
    /// <summary>What EF Core calls them.</summary>
    public const string First = "20250101120000_InitialCreate", Second = "20250102090000_AddEmail";

    /// <summary>What <c>dotnet ef migrations script FROM TO</c> writes.</summary>
    public string Script(string from, string to) => this.GetService<IMigrator>().GenerateScript(from, to);

    protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseNpgsql(connectionString);
}

[DbContext(typeof(EfCoreShop))]
[Migration(EfCoreShop.First)]
internal sealed class InitialCreate : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable(
        "Users", columns => new { Id = columns.Column<int>(), Name = columns.Column<string>() }, constraints: table => table.PrimaryKey("PK_Users", user => user.Id));

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropTable("Users");
}

[DbContext(typeof(EfCoreShop))]
[Migration(EfCoreShop.Second)]
internal sealed class AddEmail : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.AddColumn<string>("Email", "Users", nullable: true);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropColumn("Email", "Users");
}
