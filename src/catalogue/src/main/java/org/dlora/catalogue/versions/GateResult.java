package org.dlora.catalogue.versions;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Result of one run of a gate with one version.
 *
 * @param version hash of the version
 * @param gate hash of the gate
 * @param checked time of the run's end
 * @param findings one for each prompt
 */
public record GateResult(String version, String gate, Instant checked, List<Finding> findings) {

    public GateResult {
        findings = List.copyOf(findings);
    }

    /**
     * Outcome of one prompt.
     *
     * @param problem why it did not pass, a sentence without a full stop; empty if it passed
     * @param got text of the answer; empty if log-probabilities were compared
     * @param firstDifference index of the first output token that is not as expected
     * @param expectedLogprob recorded log-probability of that token, where one is recorded
     * @param logprob log-probability of that token
     * @param divergence largest difference of a log-probability to the recorded one, nats
     */
    public record Finding(
            Optional<String> problem,
            String got,
            OptionalInt firstDifference,
            OptionalDouble expectedLogprob,
            OptionalDouble logprob,
            OptionalDouble divergence) {

        public boolean passed() {
            return problem.isEmpty();
        }
    }

    public boolean passed() {
        return findings.stream().allMatch(Finding::passed);
    }

    /** Returns the first prompt that did not pass and why; empty if all passed. */
    public Optional<String> problem() {
        for (int i = 0; i < findings.size(); i++) {
            var problem = findings.get(i).problem();
            if (problem.isPresent()) {
                return Optional.of("prompt %d: %s".formatted(i, problem.get()));
            }
        }
        return Optional.empty();
    }
}
