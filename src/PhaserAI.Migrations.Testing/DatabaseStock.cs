using System.Threading.Channels;
using Npgsql;

namespace PhaserAI.Migrations.Testing;

/// <summary>
/// Copies of the template, made ahead of those who take them. One connection makes them, in the order in which they are wanted, and another
/// drops them: DROP DATABASE waits for a checkpoint.
/// </summary>
internal sealed class DatabaseStock : IAsyncDisposable
{
    private readonly TestServer _server;
    private readonly NpgsqlConnection _dropping;
    private readonly string _template;
    private readonly string _strategy;
    private readonly int _ahead;
    private readonly Lock _turn = new();
    private readonly Queue<Task<string>> _made = new();
    private readonly Channel<TaskCompletionSource<string>> _orders = Channel.CreateUnbounded<TaskCompletionSource<string>>();
    private readonly Channel<string> _drops = Channel.CreateUnbounded<string>();
    private readonly Task _maker;
    private readonly Task _dropper;
    private int _taken;
    private volatile bool _isEnding;

    private DatabaseStock(TestServer server, NpgsqlConnection dropping, string template, string strategy, int ahead)
    {
        (_server, _dropping, _template, _strategy, _ahead) = (server, dropping, template, strategy, ahead);
        Order();
        (_maker, _dropper) = (MakeAsync(), DropAsync());
    }

    /// <summary>Connects and sees to it that the template is there.</summary>
    public static async Task<DatabaseStock> StartAsync(NpgsqlConnectionStringBuilder address, string directory, string environment, int ahead)
    {
        var server = await TestServer.ConnectAsync(address).ConfigureAwait(false);
        NpgsqlConnection? dropping = null;
        try
        {
            var template = await Template.EnsureAsync(server, address, directory, environment).ConfigureAwait(false);
            dropping = await TestServer.OpenAsync(address).ConfigureAwait(false);
            return new DatabaseStock(server, dropping, template, await FindStrategyAsync(server).ConfigureAwait(false), ahead);
        }
        catch
        {
            if (dropping is not null)
                await dropping.DisposeAsync().ConfigureAwait(false);
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The next one, and the order for more: as many as were taken so far, up to the number to have ahead.</summary>
    public async Task<string> TakeAsync(CancellationToken cancellationToken)
    {
        Task<string> next;
        lock (_turn)
        {
            var wanted = Math.Min(_ahead, ++_taken) + 1;
            while (_made.Count < wanted)
                Order();
            next = _made.Dequeue();
        }

        try
        {
            return await next.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!next.IsCanceled)
        {
            lock (_turn)
                _made.Enqueue(next); // it is somebody else's then
            throw;
        }
    }

    /// <summary>Has one dropped.</summary>
    public void Drop(string name) => _drops.Writer.TryWrite(name);

    public async ValueTask DisposeAsync()
    {
        _isEnding = true;
        _orders.Writer.Complete();
        await _maker.ConfigureAwait(false);
        _drops.Writer.Complete();
        await _dropper.ConfigureAwait(false);
        foreach (var name in await Leftovers.OfRunAsync(_dropping, _server.Run).ConfigureAwait(false))
            await DropAsync(name).ConfigureAwait(false);
        await _dropping.DisposeAsync().ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Before 15 there is one way. Copying files needs two checkpoints, which are slow where the disk is waited for and nothing where fsync is off;
    /// writing every page to the log is the other way round (measured: docs/library.md).
    /// </summary>
    private static async Task<string> FindStrategyAsync(TestServer server) => await server.AskAsync("""
        select case when current_setting('server_version_num')::int < 150000 then ''
                    when current_setting('fsync')::bool then ' strategy wal_log'
                    else ' strategy file_copy' end
        """).ConfigureAwait(false) as string ?? "";

    private void Order()
    {
        var order = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _made.Enqueue(order.Task);
        if (!_orders.Writer.TryWrite(order))
            order.SetException(new ObjectDisposedException(nameof(MigratedDatabases)));
    }

    private async Task MakeAsync()
    {
        await foreach (var order in _orders.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (_isEnding)
            {
                order.SetCanceled();
                continue;
            }

            var name = _server.NextName();
            try
            {
                await _server.ExecuteAsync($"create database {name} template {_template}{_strategy}").ConfigureAwait(false);
                order.SetResult(name);
            }
            catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException)
            {
                order.SetException(failure);
            }
        }
    }

    private async Task DropAsync()
    {
        foreach (var name in await Leftovers.FindAsync(_dropping).ConfigureAwait(false))
            await DropAsync(name).ConfigureAwait(false);
        await foreach (var name in _drops.Reader.ReadAllAsync().ConfigureAwait(false))
            await DropAsync(name).ConfigureAwait(false);
    }

    private async Task DropAsync(string name)
    {
        try
        {
            await TestServer.ExecuteAsync(_dropping, $"drop database if exists {name} with (force)").ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException)
        {
            // Another run drops it at this moment, or the server went away: then a later run does.
        }
    }
}
