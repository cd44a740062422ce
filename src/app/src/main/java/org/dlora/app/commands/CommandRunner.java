package org.dlora.app.commands;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Supplier;
import org.dlora.app.source.HubModels;
import org.dlora.catalogue.source.hub.HubSettings;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.logging.LoggingSystem;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/**
 * Runner of the program's commands besides serving. They run without a web server and without
 * Spring's context.
 */
@Command(name = "java -jar dlora.jar")
public final class CommandRunner {
    private static final String INSPECT = "inspect";
    private static final Set<String> NAMES =
            Set.of(
                    INSPECT,
                    ProfileCommand.NAME,
                    SelfTestCommand.NAME,
                    BenchCommand.NAME,
                    ResidencyCommand.NAME,
                    SimulateCommand.NAME,
                    KeysCommand.NAME,
                    UsersCommand.NAME);

    private final PrintWriter out;
    private final Supplier<HubSettings> hub;

    private CommandRunner(PrintWriter out, Supplier<HubSettings> hub) {
        this.out = out;
        this.hub = hub;
    }

    /** Returns whether the first argument is a command; if not, all are settings of the server. */
    public static boolean isNamed(String... args) {
        return args.length > 0 && NAMES.contains(args[0]);
    }

    /** Runs the command on the process's own streams and returns its exit code. */
    public static int run(String... args) {
        // Logback would print debug lines between the report's until Spring Boot configures it.
        LoggingSystem.get(CommandRunner.class.getClassLoader()).beforeInitialize();
        return run(
                new PrintWriter(System.out, true, System.out.charset()),
                new PrintWriter(System.err, true, System.err.charset()),
                args);
    }

    /** Runs the command and returns its exit code; 2 is wrong usage. */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        return run(out, err, HubModels::settings, args);
    }

    /**
     * Runs the command with a hub of the caller's choice.
     *
     * @param hub where models are fetched from
     */
    public static int run(
            PrintWriter out, PrintWriter err, Supplier<HubSettings> hub, String... args) {
        return new CommandLine(new CommandRunner(out, hub))
                .addSubcommand(new ProfileCommand(hub))
                .addSubcommand(new SelfTestCommand(SelfTesting::run))
                .addSubcommand(new BenchCommand())
                .addSubcommand(new ResidencyCommand())
                .addSubcommand(new SimulateCommand())
                .addSubcommand(new KeysCommand())
                .addSubcommand(new UsersCommand(System.in))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(out)
                .setErr(err)
                .setParameterExceptionHandler((e, _) -> {
                    // Picocli's own prints all options, or no usage at all where it has one to
                    // suggest.
                    err.println(e.getMessage());
                    var usage = "Usage: ";
                    err.print(usage + e.getCommandLine().getHelp().synopsis(usage.length()));
                    err.println("--help explains the options.");
                    return CommandLine.ExitCode.USAGE;
                })
                .execute(args);
    }

    @Command(
            name = INSPECT,
            description =
                    "Says whether an adapter can be served, and what is in it or wrong with it.",
            exitCodeListHeading = "Exit codes:%n",
            exitCodeList = {
                "0:it can be served",
                "1:it is refused, or the base model cannot be loaded",
                "2:wrong usage"
            })
    int inspect(
            @Parameters(
                            paramLabel = "DIR",
                            description = "the adapter's folder",
                            converter = ExistingFolder.class)
                    Path folder,
            @Option(
                            names = ModelOption.NAME,
                            paramLabel = "DIR",
                            converter = ModelOption.Converter.class,
                            description =
                                    "the base model: a folder or hf:org/name[@revision]; if absent, the bundled demo model")
                    @Nullable ModelOption model,
            @Option(names = "--help", usageHelp = true, description = "print this")
                    boolean isHelp) {
        var report =
                model == null ? Inspection.withDemo(folder) : Inspection.of(folder, model, hub);
        report.lines().forEach(out::println);
        return report.isServed() ? 0 : 1;
    }

    /** Converter that takes a missing folder for wrong usage, not for a refused adapter. */
    static final class ExistingFolder implements ITypeConverter<Path> {
        @Override
        public Path convert(String value) {
            var folder = Path.of(value);
            if (!Files.isDirectory(folder)) {
                throw new TypeConversionException(
                        "'"
                                + value
                                + "' is no folder; expected one that PEFT's save_pretrained wrote");
            }
            return folder;
        }
    }
}
