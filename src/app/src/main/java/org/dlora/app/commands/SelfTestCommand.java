package org.dlora.app.commands;

import static java.util.Objects.requireNonNull;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.dlora.bench.selftest.SelfTest;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.opening.StartException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** The command {@code selftest}: whether a device of this machine computes what it should. */
@Command(
        name = SelfTestCommand.NAME,
        abbreviateSynopsis = true,
        description = {
            "Compares every operation of a device with a plain one, has the bundled demo model and its adapters answer, and measures how fast products are.",
            "A line for each check: ok or FAILED, and the error that is nearest to its limit."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:all checks passed",
            "1:a check failed, or the device cannot be opened",
            "2:wrong usage"
        })
final class SelfTestCommand implements Callable<Integer> {
    static final String NAME = "selftest";

    private final BiFunction<SelfTesting.Settings, Consumer<String>, SelfTest> testing;

    @Spec private @Nullable CommandSpec spec;

    @Option(
            names = "--device",
            paramLabel = "NAME",
            defaultValue = "cpu",
            description = "the device, named as in dlora.replicas (${DEFAULT-VALUE})")
    private String device = "";

    @Option(
            names = "--threads",
            paramLabel = "T",
            defaultValue = "0",
            description = "CPU threads; 0 = one per processor (${DEFAULT-VALUE})")
    private int threads;

    @Option(
            names = "--native",
            paramLabel = "KERNELS",
            defaultValue = "auto",
            converter = ProfileCommand.KernelNames.class,
            description =
                    "kernels in C that may compute, as dlora.cpu.native: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE})")
    private CpuDevice.Native use = CpuDevice.Native.AUTO;

    @Option(names = "--no-speed", description = "leave out how fast products are")
    private boolean isSpeedLeftOut;

    @Option(names = "--short", description = "have one of the demo's adapters answer, and not all")
    private boolean isShort;

    @Option(names = "--json", description = "print one JSON object")
    private boolean isJson;

    @Option(names = "--help", usageHelp = true, description = "print this")
    @SuppressWarnings("UnusedVariable") // Picocli asks for it.
    private boolean isHelp;

    /**
     * @param testing tests the device of the settings, and tells each line of the report
     */
    SelfTestCommand(BiFunction<SelfTesting.Settings, Consumer<String>, SelfTest> testing) {
        this.testing = testing;
    }

    @Override
    public Integer call() {
        var commandLine = requireNonNull(spec).commandLine();
        try {
            return test(commandLine.getOut()).isOk() ? 0 : 1;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(commandLine, String.valueOf(e.getMessage()), e);
        } catch (StartException e) {
            commandLine.getErr().println(e.getMessage());
            return 1;
        }
    }

    private SelfTest test(PrintWriter out) {
        var settings = new SelfTesting.Settings(device, use, threads, isShort, !isSpeedLeftOut);
        if (isJson) {
            var test = testing.apply(settings, _ -> {});
            out.println(JsonMapper.builder().build().writeValueAsString(test.values()));
            return test;
        }
        var test = testing.apply(settings, out::println);
        out.println(test.summary());
        return test;
    }
}
