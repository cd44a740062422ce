package org.dlora.console.migrations;

import static java.util.Comparator.comparing;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.dlora.catalogue.served.AdapterReport;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.cluster.replicas.ReplicaStatus;
import org.dlora.console.page.Formats;
import org.dlora.scheduling.residency.Residence;

/**
 * Requests and adapters that can be moved by hand, and their targets.
 *
 * @param requests unfinished ones that do not move, the oldest of each replica first
 * @param targets replicas that take requests
 * @param adapters all that are served
 * @param sources replicas of memories that an adapter can leave
 * @param hasMemories whether there are several memories, so that adapters can move
 */
record MoveChoices(
        List<Choice> requests,
        List<Choice> targets,
        List<Choice> adapters,
        List<Choice> sources,
        boolean hasMemories) {
    /** Requests of a replica that are offered. */
    private static final int MOST = 100;

    /**
     * An option of a field.
     *
     * @param value that is sent
     * @param label for people
     */
    record Choice(String value, String label) {}

    static MoveChoices of(List<ReplicaReport> replicas, List<AdapterReport> adapters) {
        return new MoveChoices(
                requests(replicas),
                serving(replicas).map(MoveChoices::replica).toList(),
                adapters.stream()
                        .map(MoveChoices::adapter)
                        .sorted(comparing(Choice::value))
                        .toList(),
                replicas.stream().map(MoveChoices::replica).toList(),
                replicas.stream().map(ReplicaReport::memory).distinct().count() > 1);
    }

    private static Stream<ReplicaReport> serving(List<ReplicaReport> replicas) {
        return replicas.stream().filter(one -> one.condition().state() == ReplicaStatus.SERVING);
    }

    private static List<Choice> requests(List<ReplicaReport> replicas) {
        var choices = new ArrayList<Choice>();
        for (var replica : replicas) {
            replica.requests().stream()
                    .filter(request -> request.movingTo() == null)
                    .limit(MOST)
                    .forEach(request ->
                            choices.add(
                                    new Choice(
                                            request.id(),
                                            "%s on replica %s, %d tokens, %s: %s"
                                                    .formatted(
                                                            request.model(),
                                                            replica.id(),
                                                            request.outputTokens(),
                                                            Formats.ALL.seconds(request.age()),
                                                            request.id()))));
        }
        return choices;
    }

    private static Choice replica(ReplicaReport replica) {
        return new Choice(
                replica.id(),
                "Replica %s (memory %s, %d running, %d waiting)"
                        .formatted(
                                replica.id(),
                                replica.memory(),
                                replica.load().running(),
                                replica.load().waiting()));
    }

    private static Choice adapter(AdapterReport report) {
        var memories =
                report.memories().stream()
                        .filter(at -> at.status().residence() == Residence.RESIDENT)
                        .map(AdapterReport.InMemory::memory)
                        .toList();
        var name = report.adapter().name();
        return new Choice(
                name,
                name
                        + (memories.isEmpty()
                                ? " (not in memory)"
                                : " (in memory " + String.join(", ", memories) + ")"));
    }

    /** Returns the one replica that a request can go to; empty if there are several, or none. */
    static String onlyTarget(List<ReplicaReport> replicas, String request) {
        var others =
                serving(replicas)
                        .filter(one ->
                                one.requests().stream()
                                        .noneMatch(open -> open.id().equals(request)))
                        .map(ReplicaReport::id)
                        .toList();
        return others.size() == 1 ? others.getFirst() : "";
    }

    /** Returns whether a request is among the choices. */
    boolean hasRequest(String id) {
        return requests.stream().anyMatch(choice -> choice.value().equals(id));
    }
}
