package org.dlora.app.commands;

import static java.util.Objects.requireNonNull;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.dlora.catalogue.source.hub.HubSettings;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.opening.StartException;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.databind.json.JsonMapper;

/** The command {@code profile}: the time of a step on this machine, operation by operation. */
@Command(
        name = ProfileCommand.NAME,
        abbreviateSynopsis = true,
        description =
                "Runs prefill and decode steps and says where their time goes, beside the limits of the machine.",
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:measured", "1:a model or adapter cannot be loaded", "2:wrong usage"})
final class ProfileCommand implements Callable<Integer> {
    static final String NAME = "profile";

    private final Supplier<HubSettings> hub;

    @Spec private @Nullable CommandSpec spec;

    @Option(
            names = ModelOption.NAME,
            paramLabel = "DIR",
            converter = ModelOption.Converter.class,
            description =
                    "the base model: a folder or hf:org/name[@revision]; if absent, the bundled demo model")
    private @Nullable ModelOption model;

    @Option(
            names = "--adapters",
            paramLabel = "DIR",
            description = "a folder whose sub-folders are adapters; none if absent")
    private @Nullable Path adapters;

    @Option(
            names = "--adapters-in-batch",
            paramLabel = "K",
            description = "adapters dealt out to the sequences; all there are if absent")
    private @Nullable Integer adaptersInBatch;

    @Option(
            names = "--prompt",
            paramLabel = "P",
            defaultValue = "128",
            description =
                    "tokens of a prefill step, and the context that decoding begins with (${DEFAULT-VALUE})")
    private int prompt;

    @Option(
            names = "--output",
            paramLabel = "M",
            defaultValue = "64",
            description = "decode steps (${DEFAULT-VALUE})")
    private int output;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "1",
            description = "sequences of a decode step (${DEFAULT-VALUE})")
    private int batch;

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
            converter = KernelNames.class,
            description =
                    "kernels in C that may compute, as dlora.cpu.native: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE})")
    private CpuDevice.Native use = CpuDevice.Native.AUTO;

    @Option(names = "--json", description = "print one JSON object")
    private boolean isJson;

    @Option(names = "--help", usageHelp = true, description = "print this")
    @SuppressWarnings("UnusedVariable") // Picocli asks for it.
    private boolean isHelp;

    ProfileCommand(Supplier<HubSettings> hub) {
        this.hub = hub;
    }

    /** Converter of the names that the setting has. */
    static final class KernelNames implements ITypeConverter<CpuDevice.Native> {
        @Override
        public CpuDevice.Native convert(String value) {
            var all = List.of(CpuDevice.Native.values());
            return all.stream()
                    .filter(kernels -> kernels.toString().equalsIgnoreCase(value))
                    .findFirst()
                    .orElseThrow(() ->
                            new TypeConversionException(
                                    "'%s' is none of %s".formatted(value, all)));
        }
    }

    @Override
    public Integer call() {
        var commandLine = requireNonNull(spec).commandLine();
        var out = commandLine.getOut();
        try {
            print(out);
            return 0;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(commandLine, String.valueOf(e.getMessage()), e);
        } catch (LoadException e) {
            e.problems().forEach(commandLine.getErr()::println);
            return 1;
        } catch (StartException e) {
            commandLine.getErr().println(e.getMessage());
            return 1;
        }
    }

    private void print(PrintWriter out) {
        var settings =
                new Profiling.Settings(
                        model == null ? null : model.folder(hub),
                        adapters,
                        prompt,
                        output,
                        batch,
                        adaptersInBatch == null ? Profiling.Settings.ALL : adaptersInBatch,
                        threads,
                        use);
        var report = Profiling.run(settings);
        if (isJson) {
            out.println(JsonMapper.builder().build().writeValueAsString(report.values()));
        } else {
            report.lines().forEach(out::println);
        }
    }
}
