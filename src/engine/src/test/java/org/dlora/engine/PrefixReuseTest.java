package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.dlora.device.LoraTerm;
import org.dlora.engine.weights.AdapterTerms;
import org.dlora.model.LayerSite;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tests of the requests, and of their parts, that are answered from the prefix cache. */
class PrefixReuseTest {
    private static final int BLOCKS = 16;

    private final FakeModel model = new FakeModel(BLOCKS);
    private final Observed observed = new Observed();
    private final ReplicaSettings settings =
            new ReplicaSettings("test", new StepLimits(4, 64, 16), BLOCKS, DType.F32, 200, true);
    private final Engine engine =
            new Engine(settings, model.serve(), SchedulingSettings.DEFAULT, observed);

    @Test
    void aSecondRequestComputesOnlyWhatTheFirstDidNot() {
        assertThat(cachedTokens(engine, request("a", null, 40))).isZero();
        int rows = model.rows();
        assertThat(cachedTokens(engine, request("b", null, 40))).isEqualTo(32);
        assertThat(model.rows() - rows).isEqualTo(40 - 32 + 2);
        assertThat(observed.promptTokens()).isEqualTo(80);
        assertThat(observed.cachedTokens()).isEqualTo(32);
    }

    @Test
    void theLastTokenIsAlwaysComputed() {
        cachedTokens(engine, request("a", null, 33));
        assertThat(cachedTokens(engine, request("b", null, 33))).isEqualTo(32);
        assertThat(cachedTokens(engine, request("c", null, 32))).isEqualTo(16);
        assertThat(cachedTokens(engine, request("d", null, 16))).isZero();
    }

    @Test
    void answersAreCachedAsPromptsAre() {
        var first = request("a", null, 14);
        var recording = new Recording();
        engine.submit(first, recording);
        run(engine);
        var all = new ArrayList<Integer>();
        for (int token : first.prompt()) {
            all.add(token);
        }
        all.addAll(recording.tokens());
        all.add(5);
        assertThat(cachedTokens(engine, of("b", null, all, -1))).isEqualTo(16);
    }

    @Test
    void adaptersNeverShareABlock() {
        for (var adapter : FakeModel.adapterNames()) {
            assertThat(cachedTokens(engine, request(adapter, adapter, 40))).isZero();
        }
        assertThat(cachedTokens(engine, request("base", null, 40))).isZero();
        assertThat(cachedTokens(engine, request("again", "bee", 40))).isEqualTo(32);
    }

    /** Otherwise a client reads from its cached tokens how prompts of another begin. */
    @Test
    void ownersNeverShareABlock() {
        var red = PrefixOwner.ofTeam("red");
        for (var owner :
                List.of(
                        red,
                        PrefixOwner.ofTeam("blue"),
                        PrefixOwner.ofKey("red"),
                        red.salted("a"),
                        red.salted("b"),
                        PrefixOwner.SHARED,
                        PrefixOwner.SHARED.salted("a"))) {
            var first = request(owner.id(), "bee", 40).withPrefixOwner(owner);
            assertThat(cachedTokens(engine, first)).as("%s", owner).isZero();
            var second = request(owner.id() + " again", "bee", 40).withPrefixOwner(owner);
            assertThat(cachedTokens(engine, second)).as("%s", owner).isEqualTo(32);
        }
    }

    @Test
    void blocksOfAllOwnersAreForgottenWithTheirAdapter() {
        var red = PrefixOwner.ofTeam("red");
        cachedTokens(engine, request("a", "bee", 40).withPrefixOwner(red));
        engine.unload("bee");
        engine.load("bee", FakeModel.terms("bee"));
        engine.verify();
        assertThat(cachedTokens(engine, request("b", "bee", 40).withPrefixOwner(red))).isZero();
    }

    @Test
    void sequencesThatRunTogetherShareBlocks() {
        var first = new Recording();
        engine.submit(request("a", null, 40), first);
        engine.step();
        int free = engine.status().load().freeBlocks();
        var second = new Recording();
        engine.submit(request("b", null, 40), second);
        engine.step();
        assertThat(free - engine.status().load().freeBlocks()).isEqualTo(1);
        engine.cancel("a");
        run(engine);
        assertThat(Oracle.ignoringCosts(second.events()))
                .isEqualTo(Oracle.events(request("b", null, 40), 200));
    }

    @Test
    void choicesThatBeginTogetherComputeTheirPromptOnce() {
        var call = request("a", null, 40);
        var choices = new ArrayList<Recording>();
        for (int i = 0; i < 4; i++) {
            choices.add(new Recording());
            engine.submit(call.withId("a" + i), choices.getLast());
        }
        run(engine);
        assertThat(model.rows()).isEqualTo(40 + 2 + 3 * (40 - 32 + 2));
        for (var choice : choices) {
            assertThat(Oracle.ignoringCosts(choice.events())).isEqualTo(Oracle.events(call, 200));
        }
    }

    @Test
    void logprobsOfAPromptAreComputedFromItsBeginning() {
        cachedTokens(engine, request("a", null, 40));
        var wants = request("b", null, 40);
        assertThat(cachedTokens(engine, of("b", null, list(wants.prompt()), 2))).isZero();
        assertThat(observed.promptTokens()).isEqualTo(40);
    }

    @Test
    void anUnloadedAdaptersBlocksAreForgotten() {
        cachedTokens(engine, request("a", "bee", 40));
        cachedTokens(engine, request("b", "cat", 40));
        engine.unload("bee");
        engine.load("bee", FakeModel.terms("bee"));
        engine.verify();
        assertThat(cachedTokens(engine, request("c", "bee", 40))).isZero();
        assertThat(cachedTokens(engine, request("d", "cat", 40))).isEqualTo(32);
    }

    @Test
    void anAdapterThatIsLoadedAgainKeepsItsPrefixes() {
        engine.load("bee@1#1", ofContent("bee", "1"));
        var alone = answer(request("a", "bee@1#1", 40));
        engine.load("bee@1#2", ofContent("bee", "1"));
        engine.load("bee@2#3", ofContent("bee", "2"));
        engine.unload("bee@1#1");
        engine.verify();

        var again = answer(request("b", "bee@1#2", 40));
        assertThat(again.tokens()).isEqualTo(alone.tokens());
        assertThat(((Finished) again.last()).cachedTokens()).isEqualTo(32);
        var other = answer(request("c", "bee@2#3", 40));
        assertThat(((Finished) other.last()).cachedTokens()).isZero();

        engine.unload("bee@1#2");
        engine.load("bee@1#4", ofContent("bee", "1"));
        engine.verify();
        var forgotten = answer(request("d", "bee@1#4", 40));
        assertThat(((Finished) forgotten.last()).cachedTokens()).isZero();
    }

    @Test
    void theContentOfRealAdaptersIsKnown() {
        try (var golden = new GoldenModel("llama-gqa")) {
            var served =
                    golden.serve(
                            new ReplicaSettings(
                                    "r", new StepLimits(1, 16, 16), 2, DType.F32, 32, true));
            try (var _ = served.runner()) {
                assertThat(served.adapters().values())
                        .isNotEmpty()
                        .allMatch(terms -> terms.content().isPresent());
            }
        }
    }

    private static AdapterTerms ofContent(String name, String content) {
        var terms = FakeModel.terms(name);
        return new AdapterTerms() {
            @Override
            public List<LoraTerm> at(LayerSite at) {
                return terms.at(at);
            }

            @Override
            public Optional<String> content() {
                return Optional.of(content);
            }
        };
    }

    private Recording answer(GenerationRequest request) {
        var recording = new Recording();
        engine.submit(request, recording);
        run(engine);
        return recording;
    }

    @Test
    void nothingIsKeptWhereItIsSwitchedOff() {
        var without =
                new Engine(
                        settings.withPrefixCache(false),
                        model.serve(),
                        SchedulingSettings.DEFAULT,
                        observed);
        cachedTokens(without, request("a", null, 40));
        assertThat(cachedTokens(without, request("b", null, 40))).isZero();
        assertThat(observed.promptTokens()).isZero();
    }

    @Test
    void cachedBlocksMakeRoomWhereNeeded() {
        for (int i = 0; i < 40; i++) {
            var recording = new Recording();
            var request = Requests.greedy("r" + i, 100, 3);
            engine.submit(request, recording);
            run(engine);
            assertThat(Oracle.ignoringSteps(recording.events()))
                    .isEqualTo(Oracle.events(request, 200));
            assertThat(engine.status().load().freeBlocks()).isEqualTo(BLOCKS);
        }
    }

    private static int cachedTokens(Engine engine, GenerationRequest request) {
        var recording = new Recording();
        engine.submit(request, recording);
        run(engine);
        assertThat(Oracle.ignoringCosts(recording.events())).isEqualTo(Oracle.events(request, 200));
        return ((Finished) recording.last()).cachedTokens();
    }

    private static void run(Engine engine) {
        while (!engine.isIdle()) {
            engine.step();
            engine.verify();
        }
    }

    /** Begins as all others do. */
    private static GenerationRequest request(String id, @Nullable String adapter, int tokens) {
        return of(
                id, adapter, list(Requests.greedy("same", 200, 1).prompt()).subList(0, tokens), -1);
    }

    private static List<Integer> list(int[] tokens) {
        return Arrays.stream(tokens).boxed().toList();
    }

    private static GenerationRequest of(
            String id, @Nullable String adapter, List<Integer> prompt, int promptLogprobs) {
        return new GenerationRequest(
                id,
                AdapterRef.ofNullable(adapter),
                prompt.stream().mapToInt(Integer::intValue).toArray(),
                SamplingParams.GREEDY,
                new StopConditions(3, 0, true, Set.of(), List.of(), false),
                -1,
                promptLogprobs,
                true);
    }
}
