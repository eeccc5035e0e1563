using System.Globalization;
using System.Xml;

namespace PhaserAI.Migrations.Aws;

/// <summary>Answers of RDS: XML of which only lists of simple fields matter here.</summary>
internal static class RdsAnswer
{
    /// <summary>The simple fields of each element of a name.</summary>
    /// <exception cref="BackupFailedException">It is no XML.</exception>
    public static List<Dictionary<string, string>> Read(string answer, string element)
    {
        var found = new List<Dictionary<string, string>>();
        try
        {
            using var xml = XmlReader.Create(new StringReader(answer), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            while (xml.ReadToFollowing(element))
            {
                using var one = xml.ReadSubtree();
                found.Add(FieldsOf(one));
            }

            return found;
        }
        catch (XmlException)
        {
            throw new BackupFailedException("the answer of RDS can't be read: it is no XML", "Check AWS_ENDPOINT_URL if it is set: something else answers there.");
        }
    }

    /// <summary>What RDS refuses, as a sentence on what to mend.</summary>
    public static BackupFailedException Refused(string answer, int status, string action, RdsDatabase database)
    {
        var error = ReadError(answer);
        var (code, reason) = (error.GetValueOrDefault("Code", "no code"), error.GetValueOrDefault("Message", "it gives no reason"));
        return code switch
        {
            "DBInstanceNotFound" or "DBInstanceNotFoundFault" or "DBClusterNotFoundFault" => new(
                $"RDS knows nothing of {database}", "Check DB_INSTANCE_IDENTIFIER or DB_CLUSTER_IDENTIFIER, the region and the account: aws rds describe-db-instances"),
            "AccessDenied" or "AccessDeniedException" or "UnauthorizedOperation" => new(
                $"RDS denies {action}: {reason}", $"Allow rds:{action} to whoever this is: aws sts get-caller-identity"),
            "SnapshotQuotaExceeded" => new($"RDS makes no more snapshots: {reason}", "Delete old ones: aws rds describe-db-snapshots --snapshot-type manual"),
            "InvalidDBInstanceState" or "InvalidDBClusterStateFault" => new(
                $"RDS can't make a snapshot of {database} now: {reason}", "Wait until it is available (a backup, a change or a failover is going on), then run it again."),
            _ => new(string.Create(CultureInfo.InvariantCulture, $"RDS answers {status} to {action}: {reason} [{code}]"), "Mend what it says, or try again in a moment."),
        };
    }

    private static Dictionary<string, string> ReadError(string answer)
    {
        try
        {
            return Read(answer, "Error").FirstOrDefault() ?? [];
        }
        catch (BackupFailedException)
        {
            return [];
        }
    }

    private static Dictionary<string, string> FieldsOf(XmlReader element)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var name = "";
        while (element.Read())
        {
            if (element is { NodeType: XmlNodeType.Element, Depth: 1 })
                name = element.LocalName;
            else if (element is { NodeType: XmlNodeType.Text, Depth: 2 })
                fields[name] = element.Value;
        }

        return fields;
    }
}
