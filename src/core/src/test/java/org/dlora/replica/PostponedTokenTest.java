package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.dlora.replica.StepResult.ChunkResult;
import org.dlora.replica.StepResult.Rows;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StepCounts;
import org.dlora.scheduling.CostModel;

/** Sequences whose tokens the engine postpones get the same tokens in later steps. */
class PostponedTokenTest {
    private int postponed;

    @Property(tries = 300, shrinking = ShrinkingMode.OFF)
    void postponedTokensAreTheSame(@ForAll long seed) {
        var random = new Random(seed);
        var requests = new ArrayList<GenerationRequest>();
        for (int i = 0; i < 1 + random.nextInt(6); i++) {
            requests.add(RandomRequests.any("request-" + i, random));
        }
        var shape = RandomRequests.shape(random, 6);
        var alone = replica(shape, new HashModel(shape.kvBlocks()));
        requests.forEach(alone::submit);
        alone.finish();
        postponed = 0;
        var disturbed = replica(shape, postponing(new HashModel(shape.kvBlocks()), random));
        requests.forEach(disturbed::submit);
        disturbed.finish();
        for (var request : requests) {
            assertThat(ignoringSteps(disturbed.told(request.id())))
                    .as(request.toString())
                    .isEqualTo(ignoringSteps(alone.told(request.id())));
        }
        boolean isServed =
                requests.stream().anyMatch(request -> alone.told(request.id()).size() > 4);
        assertThat(postponed > 0 || !isServed).isTrue();
    }

    /** Returns the model whose first token, and half of the others, come later. */
    private SimulatedModel postponing(HashModel model, Random random) {
        return (step, requests) -> {
            var results = ((StepResult.Computed) model.run(step, requests)).chunks();
            return new StepResult.Computed(
                    results.stream().map(result -> postpone(result, random)).toList());
        };
    }

    private ChunkResult postpone(ChunkResult result, Random random) {
        if (result instanceof Rows(var prompt, var sampled)
                && sampled != null
                && (postponed == 0 || random.nextBoolean())) {
            postponed++;
            return new Rows(prompt, null);
        }
        return result;
    }

    private static SimulatedReplica replica(ReplicaShape shape, SimulatedModel model) {
        return new SimulatedReplica(
                shape,
                SchedulingSettings.DEFAULT,
                RandomRequests.ADAPTERS,
                CostModel.UNCALIBRATED,
                model);
    }

    private static List<GenerationEvent> ignoringSteps(List<GenerationEvent> told) {
        return told.stream()
                .map(event ->
                        event instanceof Finished end
                                ? new Finished(
                                        end.reason(), end.text(), end.stop(), plain(end.usage()))
                                : event)
                .toList();
    }

    private static SequenceUsage plain(SequenceUsage usage) {
        return new SequenceUsage(usage.promptTokens(), 0, usage.outputTokens(), 0, StepCounts.NONE);
    }
}
