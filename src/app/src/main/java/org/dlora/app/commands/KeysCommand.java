package org.dlora.app.commands;

import static java.util.Objects.requireNonNull;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The command {@code keys}: makes, lists, rotates and revokes API keys, through the running server
 * if there is one, else in the database.
 */
@Command(
        name = KeysCommand.NAME,
        abbreviateSynopsis = true,
        description = {
            "Makes, lists, rotates and revokes API keys: at the server that answers at --url, else in the database of --home.",
            "A new key is printed once, alone on a line."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:done", "1:refused", "2:wrong usage"})
final class KeysCommand implements Runnable {
    static final String NAME = "keys";

    @Spec private @Nullable CommandSpec spec;

    @Mixin private DeskOptions desks = new DeskOptions();

    /** Without one of its own commands there is nothing to do. */
    @Override
    public void run() {
        throw new ParameterException(
                spec().commandLine(), "Expected one of: create, list, rotate, revoke");
    }

    @Command(name = "create", description = "Makes a key and prints it.")
    int create(
            @Option(names = "--name", required = true, description = "what the key is called")
                    String name,
            @Option(
                            names = "--scope",
                            required = true,
                            split = ",",
                            description = "inference, adapters, metrics or admin; several times")
                    List<String> scopes,
            @Option(names = "--team", description = "team that it belongs to")
                    @Nullable String team,
            @Option(
                            names = "--adapters",
                            split = ",",
                            defaultValue = "*",
                            description =
                                    "patterns of the adapters that it may use, such as sql-* (all)")
                    List<String> adapters,
            @Option(names = "--expires-in", description = "such as 90d; never if absent")
                    @Nullable String expiresIn,
            @Mixin LimitOptions limits) {
        var wanted = limits.limits();
        return with(desk -> {
            var made =
                    desk.create(
                            new KeyDesk.Wanted(
                                    name,
                                    Optional.ofNullable(team),
                                    scopes,
                                    adapters,
                                    Optional.ofNullable(expiresIn),
                                    wanted));
            out().println(made.secret());
        });
    }

    @Command(name = "list", description = "Lists all keys, without what is secret.")
    int list() {
        return with(desk -> {
            for (var key : desk.list()) {
                out().printf(
                                "%s  %-7s  %s  scopes=%s adapters=%s%s created=%s last-used=%s%s%s%n",
                                key.id(),
                                key.state(),
                                key.name(),
                                String.join(",", key.scopes()),
                                String.join(",", key.adapters()),
                                key.team().isEmpty() ? "" : " team=" + key.team(),
                                key.created(),
                                key.lastUsed().isEmpty() ? "never" : key.lastUsed(),
                                key.expires().isEmpty() ? "" : " expires=" + key.expires(),
                                key.limits().isEmpty() ? "" : " " + String.join(" ", key.limits()));
            }
        });
    }

    @Command(
            name = "rotate",
            description =
                    "Makes a key in place of another, which holds for a while, and prints it.")
    int rotate(
            @Parameters(paramLabel = "ID", description = "begin of the key, as list shows it")
                    String id,
            @Option(
                            names = "--overlap",
                            defaultValue = "24h",
                            description = "how long the old one holds (${DEFAULT-VALUE})")
                    String overlap) {
        var time = duration(overlap);
        return with(desk -> {
            out().println(desk.rotate(id, time).secret());
        });
    }

    @Command(name = "revoke", description = "Ends a key at once, for good.")
    int revoke(
            @Parameters(paramLabel = "ID", description = "begin of the key, as list shows it")
                    String id) {
        return with(desk -> {
            out().println(desk.revoke(id).id() + " is revoked");
        });
    }

    private Duration duration(String text) {
        try {
            return DurationStyle.detectAndParse(text);
        } catch (IllegalArgumentException _) {
            throw new ParameterException(
                    spec().commandLine(),
                    "'%s' is no duration; expected one such as 24h".formatted(text));
        }
    }

    private int with(Consumer<KeyDesk> work) {
        return desks.with(ServerKeyDesk::new, DatabaseKeyDesk::new, work);
    }

    private PrintWriter out() {
        return spec().commandLine().getOut();
    }

    private CommandSpec spec() {
        return requireNonNull(spec);
    }
}
