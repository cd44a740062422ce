package org.dlora.app.commands;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.concurrent.Callable;
import org.dlora.bench.residency.EvictionComparison;
import org.dlora.bench.residency.TraceShape;
import org.dlora.scheduling.residency.ResidencySettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command {@code residency}: how many requests find their adapter in a memory that holds a part
 * of all adapters, by the server's rule, LRU and Belady's.
 */
@Command(
        name = ResidencyCommand.NAME,
        abbreviateSynopsis = true,
        description = {
            "Replays random requests for adapters against a memory that holds a part of them, and prints the hits "
                    + "of the server's rule of eviction (dlora), of LRU, and of Belady's, which knows the future.",
            "Belady's evicts the adapter whose next request is farthest away until the requested one fits. "
                    + "No rule has more hits where all sizes are equal; with unequal sizes it is a greedy one."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:printed", "2:wrong usage"})
final class ResidencyCommand implements Callable<Integer> {
    static final String NAME = "residency";
    private static final double MB = 1 << 20;

    @Spec private @Nullable CommandSpec spec;

    @Option(
            names = "--adapters",
            defaultValue = "1000",
            description = "registered adapters (${DEFAULT-VALUE})")
    private int adapters;

    @Option(
            names = "--resident",
            defaultValue = "50",
            description = "adapters of mean size that the memory holds (${DEFAULT-VALUE})")
    private int resident;

    @Option(
            names = "--zipf",
            defaultValue = "1",
            description = "exponent of the adapters' popularity; 0 is uniform (${DEFAULT-VALUE})")
    private double zipf;

    @Option(
            names = "--requests",
            defaultValue = "100000",
            description = "how many (${DEFAULT-VALUE})")
    private int requests;

    @Option(
            names = "--rate",
            defaultValue = "10",
            description = "arrivals per second (${DEFAULT-VALUE})")
    private double rate;

    @Option(
            names = "--drift",
            defaultValue = "0",
            description =
                    "requests after which popularities are dealt to the adapters anew; 0 is never (${DEFAULT-VALUE})")
    private int drift;

    @Option(
            names = "--sizes",
            split = ",",
            paramLabel = "MB",
            defaultValue = "1",
            description =
                    "sizes of adapters in MB, separated by commas, each as frequent as the others (${DEFAULT-VALUE})")
    private List<Double> sizes = List.of();

    @Option(
            names = "--half-life",
            description =
                    "requests after which an earlier one counts half in an adapter's demand; the server's if absent")
    private @Nullable Double halfLife;

    @Option(
            names = "--seed",
            defaultValue = "1",
            description = "of the requests (${DEFAULT-VALUE})")
    private long seed;

    @Option(names = "--help", usageHelp = true, description = "print this")
    @SuppressWarnings("UnusedVariable") // Picocli asks for it.
    private boolean isHelp;

    @Override
    public Integer call() {
        var commandLine = requireNonNull(spec).commandLine();
        try {
            var bytes = sizes.stream().map(size -> Math.round(size * MB)).toList();
            var shape = new TraceShape(adapters, resident, zipf, requests, rate, drift, bytes);
            double decay = halfLife == null ? ResidencySettings.DEFAULT.demandHalfLife() : halfLife;
            EvictionComparison.of(shape.trace(seed), decay)
                    .lines()
                    .forEach(commandLine.getOut()::println);
            return 0;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(commandLine, String.valueOf(e.getMessage()), e);
        }
    }
}
