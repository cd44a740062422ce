package org.dlora.app.commands;

import static java.util.Objects.requireNonNull;

import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The command {@code users}: makes, lists, changes and removes users of the console, through the
 * running server if there is one, else in the database.
 */
@Command(
        name = UsersCommand.NAME,
        abbreviateSynopsis = true,
        description = {
            "Makes, lists, changes and removes users of the console: at the server that answers at --url, else in the database of --home.",
            "A password is typed without echo, or is the first line of --password-file or of the standard input."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:done", "1:refused", "2:wrong usage"})
final class UsersCommand implements Runnable {
    static final String NAME = "users";

    private final InputStream input;

    @Spec private @Nullable CommandSpec spec;

    @Mixin private DeskOptions desks = new DeskOptions();

    /**
     * @param input that a password is read from where there is no terminal
     */
    UsersCommand(InputStream input) {
        this.input = input;
    }

    /** Without one of its own commands there is nothing to do. */
    @Override
    public void run() {
        throw new ParameterException(
                spec().commandLine(),
                "Expected one of: create, list, password, role, disable, enable, delete");
    }

    @Command(name = "create", description = "Makes a user.")
    int create(
            @Option(names = "--name", required = true, description = "what the user types")
                    String name,
            @Option(names = "--role", required = true, description = "viewer, operator or admin")
                    String role,
            @Option(names = "--password-file", description = "file whose first line it is")
                    @Nullable Path file) {
        return with(desk -> {
            var made = desk.create(name, role, PasswordInput.read(file, input));
            out().println("%s is made, with the role %s".formatted(made.name(), made.role()));
        });
    }

    @Command(name = "list", description = "Lists all users.")
    int list() {
        return with(desk -> {
            for (var user : desk.list()) {
                out().println(
                                "%-20s  %-8s  %-8s  %s"
                                        .formatted(
                                                user.name(),
                                                user.role(),
                                                user.disabled() ? "disabled" : "enabled",
                                                user.lastSignIn().isEmpty()
                                                        ? "never signed in"
                                                        : "last sign-in " + user.lastSignIn())
                                        .stripTrailing());
            }
        });
    }

    @Command(
            name = "password",
            description = "Sets a user's password, and ends the user's sessions.")
    int password(
            @Parameters(paramLabel = "NAME", description = "name of the user") String name,
            @Option(names = "--password-file", description = "file whose first line it is")
                    @Nullable Path file) {
        return with(desk -> {
            var password = PasswordInput.read(file, input);
            desk.change(name, new UserDesk.Change(null, null, password));
            out().println("%s has a new password".formatted(name));
        });
    }

    @Command(name = "role", description = "Sets a user's role, and ends the user's sessions.")
    int role(
            @Parameters(paramLabel = "NAME", description = "name of the user") String name,
            @Parameters(paramLabel = "ROLE", description = "viewer, operator or admin")
                    String role) {
        return with(desk -> {
            var changed = desk.change(name, new UserDesk.Change(role, null, null));
            out().println("%s has the role %s".formatted(changed.name(), changed.role()));
        });
    }

    @Command(name = "disable", description = "Ends a user's sessions and sign-ins.")
    int disable(@Parameters(paramLabel = "NAME", description = "name of the user") String name) {
        return with(desk -> {
            desk.change(name, new UserDesk.Change(null, true, null));
            out().println("%s is disabled".formatted(name));
        });
    }

    @Command(name = "enable", description = "Lets a user sign in again.")
    int enable(@Parameters(paramLabel = "NAME", description = "name of the user") String name) {
        return with(desk -> {
            desk.change(name, new UserDesk.Change(null, false, null));
            out().println("%s is enabled".formatted(name));
        });
    }

    @Command(name = "delete", description = "Removes a user, and ends the user's sessions.")
    int delete(@Parameters(paramLabel = "NAME", description = "name of the user") String name) {
        return with(desk -> {
            desk.delete(name);
            out().println("%s is removed".formatted(name));
        });
    }

    private int with(Consumer<UserDesk> work) {
        return desks.with(ServerUserDesk::new, DatabaseUserDesk::new, work);
    }

    private PrintWriter out() {
        return spec().commandLine().getOut();
    }

    private CommandSpec spec() {
        return requireNonNull(spec);
    }
}
