using System.Globalization;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Npgsql;
using PhaserAI.Migrations.Cli.Settings;
using PhaserAI.Migrations.Execution;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>Whether the connection is encrypted, and whether it is proved whose server that is.</summary>
internal static class TlsCheck
{
    private const string Verify = "Set DB_SSLMODE=verify-full, and DB_SSLROOTCERT to the root certificates of the server's provider.";
    private static readonly TimeSpan SoonExpired = TimeSpan.FromDays(21);

    public static async Task<IReadOnlyList<Finding>> RunAsync(Examination of, CancellationToken cancellationToken)
    {
        var address = of.Address!;
        var mode = KnownSettings.SslMode.ReadChoice(address.SslMode.ToString()) ?? $"{address.SslMode}";
        if (address.SslMode is SslMode.Disable)
            return [Unencrypted(of, "TLS is off (mode disable)")];
        var mustBe = address.SslMode is SslMode.Require or SslMode.VerifyFull or SslMode.VerifyCA;
        try
        {
            using var certificate = await TlsDiagnosis.AskAsync(address.Host!, address.Port, cancellationToken);
            if (certificate is not null)
                return [Judge(of, certificate, mode)];
            return mustBe
                ? [Finding.Problem($"the server offers no TLS, and the mode {mode} demands it", "Turn TLS on in the server (ssl = on); or, if the network between is trusted, set DB_SSLMODE=prefer.")]
                : [Unencrypted(of, "the server offers no TLS")];
        }
        catch (Exception broken) when (broken is AuthenticationException or IOException)
        {
            return [Finding.Warning($"TLS can't be looked into: {broken.Message}", "See whether the login works; if not, this is why.")];
        }
    }

    private static Finding Unencrypted(Examination of, string what) => of.IsLocal
        ? Finding.Ok($"{what}; the server is on this machine")
        : Finding.Warning($"{what}: everybody between can read the data", Verify);

    private static Finding Judge(Examination of, X509Certificate2 certificate, string mode)
    {
        var isVerified = of.Address!.SslMode is SslMode.VerifyFull;
        if (TlsDiagnosis.Judge(certificate, of.Address) is var (wrong, next))
        {
            return isVerified ? Finding.Problem(wrong, next)
                : of.IsLocal ? Finding.Ok($"{mode}: encrypted; whose server it is is not proved, but it is on this machine")
                : Finding.Warning($"{mode}: encrypted, but nothing proves whose server it is; with verify-full {wrong}", Verify);
        }

        var left = certificate.NotAfter.ToUniversalTime() - of.Host.TimeProvider.GetUtcNow().UtcDateTime;
        var until = certificate.NotAfter.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var who = $"certificate of {certificate.GetNameInfo(X509NameType.DnsName, forIssuer: false)}, signed by {certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true)}";
        if (left < SoonExpired)
            return Finding.Warning($"{mode}: the {who}, ends on {until}", "Renew the server's certificate.");
        return isVerified || of.IsLocal
            ? Finding.Ok($"{mode}: {who}, valid to {until}; trusted by {of.Address.RootCertificate ?? "the system's root certificates"}")
            : Finding.Warning($"{mode}: encrypted, but the certificate is not checked, although it would pass", "Set DB_SSLMODE=verify-full.");
    }
}
