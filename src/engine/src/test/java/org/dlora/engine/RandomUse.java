package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Finished;
import tools.jackson.databind.JsonNode;

/**
 * Random use of an engine by its clients: requests of the reference's cases, cancels, adapters that
 * come and go, and steps. Answers that come to their end must be the reference's.
 */
final class RandomUse {
    private static final int MOST = 12;

    private final GoldenModel golden;
    private final Engine engine;
    private final Random random;
    private final List<JsonNode> cases;
    private final List<String> loaded;
    private final List<Asked> unfinished = new ArrayList<>();
    private int number;
    private int checked;

    private record Asked(String id, JsonNode row, Recording recording) {}

    /**
     * @param engine serves the model {@code name} in float32, all of its adapters loaded
     */
    RandomUse(GoldenModel golden, String name, Engine engine, Random random) throws IOException {
        this.golden = golden;
        this.engine = engine;
        this.random = random;
        loaded = new ArrayList<>(golden.adapterNames());
        cases = GoldenReplicaTest.cases(GoldenModel.ROOT, name, loaded);
    }

    /** Answers that were compared with the reference's. */
    int checked() {
        return checked;
    }

    void operate() {
        switch (random.nextInt(8)) {
            case 0 -> submit();
            case 1 -> {
                if (!unfinished.isEmpty() && random.nextInt(3) == 0) {
                    engine.cancel(unfinished.get(random.nextInt(unfinished.size())).id());
                }
            }
            case 2 -> loadOrUnload();
            default -> step();
        }
        check();
    }

    /** Runs what is unfinished to its end. */
    void finish() {
        while (!engine.isIdle()) {
            step();
        }
        check();
        assertThat(unfinished).isEmpty();
    }

    private void submit() {
        var row = cases.get(random.nextInt(cases.size()));
        var adapter = row.get("adapter").asString("");
        if (unfinished.size() < MOST && (adapter.isEmpty() || loaded.contains(adapter))) {
            var asked = new Asked("r" + number++, row, new Recording());
            unfinished.add(asked);
            engine.submit(
                    Requests.called(asked.id(), GoldenReplicaTest.request(row, true)),
                    asked.recording());
        }
    }

    private void loadOrUnload() {
        var adapter = golden.adapterNames().get(random.nextInt(golden.adapterNames().size()));
        if (!loaded.contains(adapter)) {
            engine.load(adapter, golden.terms(adapter));
            loaded.add(adapter);
        } else if (random.nextInt(4) == 0 && !engine.uses(adapter)) {
            engine.unload(adapter);
            loaded.remove(adapter);
        }
    }

    private void step() {
        if (!engine.isIdle()) {
            engine.step();
        }
    }

    private void check() {
        unfinished.removeIf(asked -> {
            boolean ended = asked.recording().isEnded();
            if (ended) {
                check(asked);
            }
            return ended;
        });
    }

    private void check(Asked asked) {
        var recording = asked.recording();
        assertThat(recording.last()).as(asked.id()).isInstanceOf(Finished.class);
        if (recording.finishReason() == FinishReason.LENGTH) {
            GoldenReplicaTest.check(asked.row(), recording);
            checked++;
            return;
        }
        assertThat(recording.finishReason()).isEqualTo(FinishReason.CANCELLED);
        var expected = GoldenReplicaTest.ints(asked.row().get("tokens"));
        assertThat(recording.tokens()).isEqualTo(expected.subList(0, recording.tokens().size()));
    }
}
