package org.dlora.replica;

import static java.util.stream.Collectors.groupingBy;
import static org.dlora.replica.kv.Invariant.require;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.ObjIntConsumer;
import java.util.stream.Stream;
import org.dlora.scheduling.TeamRef;

/**
 * Accounts of one adapter's unfinished sequences by team: their number, and the waiting ones. A
 * team without any has no account.
 */
final class FlowAccounts {
    private final Map<TeamRef, Account> byTeam = new LinkedHashMap<>();

    /** The sequences of one team. */
    private static final class Account {
        private final NavigableMap<Long, Sequence> waiting = new TreeMap<>();
        private int unfinished;
    }

    void came(Sequence sequence) {
        account(sequence).unfinished++;
    }

    void left(Sequence sequence) {
        var account = account(sequence);
        account.unfinished--;
        if (account.unfinished == 0) {
            byTeam.remove(sequence.request().team());
        }
    }

    void wait(Sequence sequence) {
        account(sequence).waiting.put(sequence.id(), sequence);
    }

    void leaveQueue(Sequence sequence) {
        account(sequence).waiting.remove(sequence.id());
    }

    private Account account(Sequence sequence) {
        return byTeam.computeIfAbsent(sequence.request().team(), _ -> new Account());
    }

    /** Returns the oldest waiting sequences of each team that may begin, oldest first. */
    Stream<Sequence> oldestWaiting(int mostOfEach) {
        return byTeam.values().stream()
                .flatMap(account ->
                        account.waiting.values().stream()
                                .filter(s -> !s.isHeld())
                                .limit(mostOfEach));
    }

    /** Gives each team and the number of its unfinished sequences, in the order of their coming. */
    void forEach(ObjIntConsumer<TeamRef> consumer) {
        byTeam.forEach((team, account) -> consumer.accept(team, account.unfinished));
    }

    /**
     * Checks the counts.
     *
     * @param sequences all unfinished sequences of the adapter
     * @throws IllegalStateException if the sequences disagree
     */
    void verify(List<Sequence> sequences) {
        var expected = sequences.stream().collect(groupingBy(s -> s.request().team()));
        require(
                byTeam.keySet().equals(expected.keySet()),
                () -> "teams %s are counted as %s".formatted(expected.keySet(), byTeam.keySet()));
        byTeam.forEach((team, account) -> {
            var its = expected.getOrDefault(team, List.of());
            long waiting = its.stream().filter(s -> !s.isRunning()).count();
            require(
                    account.unfinished == its.size() && account.waiting.size() == waiting,
                    () ->
                            "of team '%s' %d sequences, %d waiting, are counted as %d and %d"
                                    .formatted(
                                            team.name(),
                                            its.size(),
                                            waiting,
                                            account.unfinished,
                                            account.waiting.size()));
        });
    }
}
