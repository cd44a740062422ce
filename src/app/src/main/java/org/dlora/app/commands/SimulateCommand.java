package org.dlora.app.commands;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.simulation.Arm;
import org.dlora.simulation.ClusterSetup;
import org.dlora.simulation.SimulationReport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/**
 * The command {@code simulate}: the rate that a cluster sustains with static placement, with
 * dispatch and placement, and with co-migration, in virtual time.
 */
@Command(
        name = SimulateCommand.NAME,
        abbreviateSynopsis = true,
        description = {
            "Serves random requests with the server's own replicas, dispatch, placement and rebalancing in virtual "
                    + "time, with the times of the paper dLoRA for a 7B model on an A800.",
            "It prints the latency by rate, and the rate that each arm sustains: static placement (static), "
                    + "dispatch and placement (proactive), and these with moving requests (co-migration)."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:printed", "2:wrong usage"})
final class SimulateCommand implements Callable<Integer> {
    static final String NAME = "simulate";

    @Spec private @Nullable CommandSpec spec;

    @Option(
            names = "--replicas",
            defaultValue = "8",
            description = "replicas, each on a device of its own (${DEFAULT-VALUE})")
    private int replicas;

    @Option(
            names = "--adapters",
            defaultValue = "32",
            description = "registered adapters, at most four for each replica (${DEFAULT-VALUE})")
    private int adapters;

    @Option(
            names = "--resident",
            defaultValue = "8",
            description = "adapters that fit into the memory of a replica (${DEFAULT-VALUE})")
    private int resident;

    @Option(
            names = "--zipf",
            defaultValue = "1",
            description = "exponent of the adapters' popularity; 0 is uniform (${DEFAULT-VALUE})")
    private double zipf;

    @Option(
            names = "--policy",
            defaultValue = "dlora",
            description =
                    "of each replica: unmerged, merged, dlora-paper, dlora (${DEFAULT-VALUE})")
    private String policy = "";

    @Option(
            names = "--arms",
            split = ",",
            defaultValue = "static,proactive,co-migration",
            description = "the arms to run (${DEFAULT-VALUE})")
    private List<String> arms = List.of();

    @Option(
            names = "--rates",
            split = ",",
            description = "requests per second to run beside those of the search, such as 8,12,16")
    private List<Double> rates = List.of();

    @Option(
            names = "--seconds",
            defaultValue = "100",
            description = "seconds of arrivals in each run (${DEFAULT-VALUE})")
    private double seconds;

    @Option(
            names = "--slo",
            defaultValue = "0.5",
            description =
                    "mean seconds per token up to which a rate is sustained (${DEFAULT-VALUE})")
    private double slo;

    @Option(
            names = "--seed",
            defaultValue = "1",
            description = "of the requests (${DEFAULT-VALUE})")
    private long seed;

    @Option(names = "--json", description = "print one JSON object")
    private boolean isJson;

    @Option(names = "--help", usageHelp = true, description = "print this")
    @SuppressWarnings("UnusedVariable") // Picocli asks for it.
    private boolean isHelp;

    @Override
    public Integer call() {
        var commandLine = requireNonNull(spec).commandLine();
        SimulationReport report;
        try {
            var setup =
                    new ClusterSetup(replicas, adapters, zipf, policy(), resident, seconds, seed);
            var chosen = arms.stream().map(SimulateCommand::arm).toList();
            report = SimulationReport.of(setup, chosen, rates, slo);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(commandLine, String.valueOf(e.getMessage()), e);
        }
        var out = commandLine.getOut();
        if (isJson) {
            out.println(JsonMapper.builder().build().writeValueAsString(report.values()));
        } else {
            report.lines().forEach(out::println);
        }
        return 0;
    }

    private PolicyKind policy() {
        return PolicyKind.named(policy)
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "There is no policy '%s': expected one of %s"
                                        .formatted(
                                                policy,
                                                Arrays.stream(PolicyKind.values())
                                                        .map(PolicyKind::label)
                                                        .toList())));
    }

    private static Arm arm(String label) {
        return Arrays.stream(Arm.values())
                .filter(arm -> arm.label().equals(label))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "There is no arm '%s': expected one of %s"
                                        .formatted(
                                                label,
                                                Arrays.stream(Arm.values())
                                                        .map(Arm::label)
                                                        .toList())));
    }
}
