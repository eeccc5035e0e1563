using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// Says which check a server's certificate has not passed. The driver keeps that to itself ("rejected by the provided
/// RemoteCertificateValidationCallback"), so the certificate is asked for once more; nothing is sent to the server.
/// </summary>
internal static class TlsDiagnosis
{
    private const string Roots =
        "Set DB_SSLROOTCERT to a file with the root certificates of its provider; for RDS: "
        + "curl -o infra/certs/global-bundle.pem https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>PostgreSQL manual, 55.7, "SSLRequest".</summary>
    private static readonly byte[] SslRequest = [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F];

    /// <summary>What is wrong and what to do; null when it can't be told.</summary>
    public static async Task<(string Message, string Next)?> FindAsync(NpgsqlConnectionStringBuilder settings)
    {
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            using var certificate = await AskAsync(settings.Host!, settings.Port, patience.Token).ConfigureAwait(false);
            return certificate is null ? null : Judge(certificate, settings);
        }
        catch (Exception unknown) when (unknown is IOException or SocketException or AuthenticationException or OperationCanceledException or CryptographicException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The server's certificate, whoever has signed it; null when it offers no TLS.</summary>
    public static async Task<X509Certificate2?> AskAsync(string host, int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
        var stream = client.GetStream();
        await stream.WriteAsync(SslRequest, cancellationToken).ConfigureAwait(false);
        var answer = new byte[1];
        await stream.ReadExactlyAsync(answer, cancellationToken).ConfigureAwait(false);
        if (answer[0] != 'S')
            return null;
        X509Certificate2? seen = null;
        var tls = new SslStream(stream, leaveInnerStreamOpen: true);
        await using (tls.ConfigureAwait(false))
        {
            try
            {
                var options = new SslClientAuthenticationOptions
                {
                    TargetHost = host,
                    RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                    {
                        seen = certificate is null ? null : X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
                        return false;
                    },
                };
                await tls.AuthenticateAsClientAsync(options, cancellationToken).ConfigureAwait(false);
            }
            catch (AuthenticationException)
            {
                // As the answer above wants it.
            }
        }

        return seen;
    }

    /// <summary>Which check it does not pass, and what to do; null when it passes all.</summary>
    public static (string Message, string Next)? Judge(X509Certificate2 certificate, NpgsqlConnectionStringBuilder settings)
    {
        var of = $"the certificate of {settings.Host}:{settings.Port.ToString(CultureInfo.InvariantCulture)}";
        if (!certificate.MatchesHostname(settings.Host!))
        {
            var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(extension => extension.EnumerateDnsNames()).ToArray();
            return ($"{of} is for {(names.Length > 0 ? string.Join(", ", names) : certificate.Subject)}, not for {settings.Host}", "Set DB_HOST to the server's name as its certificate has it.");
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        var roots = settings.RootCertificate;
        if (roots is not null)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(roots);
        }

        chain.Build(certificate);
        var problems = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        if (problems.HasFlag(X509ChainStatusFlags.NotTimeValid))
        {
            return (
                string.Create(CultureInfo.InvariantCulture, $"{of} is valid from {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd} to {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}, or one of those that signed it has expired"),
                "Renew the server's certificate, get the provider's current root certificates, or set the clock of this machine.");
        }

        return problems == X509ChainStatusFlags.NoError ? null : ($"{of} is signed by \"{certificate.Issuer}\", which {roots ?? "the system's store of root certificates"} does not trust", Roots);
    }
}
