package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.dlora.replica.ReplicaEvent.Refused;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StepCounts;
import org.dlora.replica.request.StopConditions;
import org.dlora.replica.request.TokenLogprobs;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.StepLimits;
import org.junit.jupiter.api.Test;

/** A sequence that no step could serve is refused, and names what is wrong. */
class SequenceRulesTest {
    private static final int MOST = 80;
    private static final int VOCAB = 40;

    private final ReplicaState state =
            new ReplicaState(
                    new ReplicaShape(
                            "r",
                            new StepLimits(4, 64, KvBlocks.TOKENS),
                            8,
                            MOST,
                            VOCAB,
                            true,
                            Set.of(0),
                            1),
                    SchedulingSettings.DEFAULT,
                    List.of());

    @Test
    void aPromptHasTokensOfTheVocabulary() {
        assertRefused(request(new int[0]), "no tokens");
        assertRefused(request(new int[] {1, VOCAB}), "prompt has token id 40");
        assertRefused(request(new int[] {-1}), "prompt has token id -1");
        assertTaken(request(new int[] {0, VOCAB - 1}));
    }

    @Test
    void promptAndOutputLeaveRoomForATokenMore() {
        assertRefused(request(new int[MOST]), "80 tokens");
        assertRefused(request(new int[50]), new int[30], "80 tokens");
        assertTaken(SequenceState.of(request(new int[MOST - 1])));
        assertTaken(with(request(new int[50]), new int[29]));
    }

    @Test
    void anAnswerIsNotYetAsLongAsItMayBe() {
        var three = request(new int[5], StopConditions.after(3));
        assertRefused(three, new int[3], "3 output tokens of at most 3");
        assertRefused(request(new int[5], StopConditions.after(0)), "0 output tokens of at most 0");
        assertRefused(three, new int[] {1, VOCAB}, "output has token id 40");
        assertTaken(with(three, new int[2]));
    }

    @Test
    void stopStringsAreFewShortAndNotEmpty() {
        assertRefused(stoppedBy(List.of("a", "")), "of 0 characters");
        assertRefused(stoppedBy(List.of("a".repeat(257))), "of 257 characters");
        assertRefused(stoppedBy(Collections.nCopies(65, "a")), "65 stop strings");
        assertTaken(stoppedBy(Collections.nCopies(64, "a".repeat(256))));
    }

    @Test
    void logprobsAreOfTokensThatThereAre() {
        assertRefused(reporting(VOCAB + 1, -1), "the 41 likeliest");
        assertRefused(reporting(-1, VOCAB + 1), "the 41 likeliest");
        assertRefused(reporting(-2, -1), "the -2 likeliest");
        assertTaken(reporting(VOCAB, VOCAB));
    }

    @Test
    void impossiblePastsOfASequenceAreRefused() {
        var report = new TokenLogprobs(new TokenLogprobs.Entry(1, -1), List.of());
        var request = reporting(-1, 1);
        assertRefused(after(request, Collections.nCopies(5, report), 0, 1), "5 log-prob");
        assertRefused(after(request(new int[5]), List.of(report), 0, 1), "1 log-prob");
        assertRefused(after(request, List.of(), -1, 1), "-1 of its tokens");
        assertRefused(after(request, List.of(), 6, 1), "6 of its tokens");
        assertRefused(after(request, List.of(), 0, -1), "-1.0 s old");
        assertRefused(after(request, List.of(), 0, Double.NaN), "NaN s old");
        assertRefused(after(request, List.of(), 0, Double.POSITIVE_INFINITY), "Infinity s old");
        assertTaken(after(request, Collections.nCopies(4, report), 5, 0));
    }

    @Test
    void aBuildOfEndlessTimeTeachesNothing() {
        state.apply(new ReplicaCommand.Calibrate(RandomCommands.samples()), 0);
        var build =
                new WeightReport.EndedBuild(
                        "ant", MergeOutcome.READY, Double.POSITIVE_INFINITY, "");
        var profile = SimulatedReplica.profile("ant", new LoraFacts(8, 100, 100, 100));
        state.apply(new ReplicaCommand.LoadAdapter(profile), 0);
        var report =
                new WeightReport(
                        Mode.unmerged(), Set.of("ant"), null, Long.MAX_VALUE, 1, 0, 0, 0, build);
        assertThat(state.apply(new ReplicaCommand.ReportWeights(report), 0)).isEmpty();
    }

    private void assertRefused(GenerationRequest request, String problem) {
        assertRefused(SequenceState.of(request), problem);
        assertThat(state.apply(new ReplicaCommand.Submit(request), 0))
                .singleElement()
                .isInstanceOf(Refused.class);
    }

    private void assertRefused(GenerationRequest request, int[] output, String problem) {
        assertRefused(with(request, output), problem);
    }

    private void assertRefused(SequenceState sequence, String problem) {
        assertThat(state.apply(new ReplicaCommand.Import(sequence), 0))
                .singleElement()
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> {
                            assertThat(refused.request()).isEqualTo("r");
                            assertThat(refused.failure().code())
                                    .isEqualTo(FailureCode.REPLICA_FAULT);
                            assertThat(refused.failure().message())
                                    .startsWith("Request r cannot begin here: it")
                                    .contains(problem);
                        });
        assertThat(state.isIdle()).isTrue();
        assertThat(state.verify()).isTrue();
    }

    private void assertTaken(GenerationRequest request) {
        assertTaken(SequenceState.of(request));
    }

    private void assertTaken(SequenceState sequence) {
        assertThat(state.apply(new ReplicaCommand.Import(sequence), 0))
                .containsExactly(new ReplicaEvent.Imported(sequence.request().id(), 0, 0));
        assertThat(state.verify()).isTrue();
        state.apply(new ReplicaCommand.Cancel("r"), 0);
    }

    private static SequenceState with(GenerationRequest request, int[] output) {
        return new SequenceState(request, output, "", List.of(), 0, true, 0, StepCounts.NONE, 0);
    }

    private static SequenceState after(
            GenerationRequest request, List<TokenLogprobs> reports, int cached, double age) {
        return new SequenceState(
                request, new int[0], "", reports, cached, true, 0, StepCounts.NONE, age);
    }

    private static GenerationRequest request(int[] prompt) {
        return request(prompt, StopConditions.after(100));
    }

    private static GenerationRequest stoppedBy(List<String> stops) {
        return request(new int[5], new StopConditions(100, 0, false, Set.of(), stops, false));
    }

    private static GenerationRequest request(int[] prompt, StopConditions stop) {
        return request(prompt, stop, -1, -1);
    }

    private static GenerationRequest reporting(int logprobs, int promptLogprobs) {
        return request(new int[5], StopConditions.after(100), logprobs, promptLogprobs);
    }

    private static GenerationRequest request(
            int[] prompt, StopConditions stop, int logprobs, int promptLogprobs) {
        return new GenerationRequest(
                "r",
                AdapterRef.base(),
                prompt,
                SamplingParams.GREEDY,
                stop,
                logprobs,
                promptLogprobs,
                true);
    }
}
