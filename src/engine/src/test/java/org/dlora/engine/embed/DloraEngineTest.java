package org.dlora.engine.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.dlora.engine.opening.StartException;
import org.dlora.replica.request.FinishReason;
import org.dlora.tensor.LoadException;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The demo model and its adapters, embedded. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DloraEngineTest {
    private static final String TEXT = "The quick brown fox";

    private static DloraEngine engine;

    @BeforeAll
    static void open() {
        engine =
                DloraEngine.open(
                        TestFiles.demo("model"),
                        EngineOptions.DEFAULT
                                .withAdapter("upper", TestFiles.demo("adapters/upper"))
                                .withAdapter("rot13", TestFiles.demo("adapters/rot13")));
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    @Test
    void eachAdapterAndTheBaseModelGiveTheirAnswers() {
        assertThat(engine.chat("upper", TEXT).text()).isEqualTo("THE QUICK BROWN FOX");
        assertThat(engine.chat("rot13", TEXT).text()).isEqualTo("Gur dhvpx oebja sbk");
        var base = engine.chat("", TEXT);
        assertThat(base.text()).isEqualTo(TEXT);
        assertThat(base.reason()).isEqualTo(FinishReason.STOP);
        assertThat(base.promptTokens()).isEqualTo(38);
        assertThat(base.outputTokens()).isEqualTo(20);
    }

    /**
     * Delivery is at most 16 steps behind, so an answer of 20 runs until its first piece is taken.
     */
    @Test
    void twoAdaptersAnswerInOneBatch() {
        var other = new AtomicReference<CompletableFuture<EngineAnswer>>();
        var pieces = new ArrayList<String>();
        var first =
                engine.submit(
                        EngineChat.of("rot13", TEXT),
                        piece -> {
                            pieces.add(piece);
                            if (pieces.size() == 1) {
                                other.set(engine.submit(EngineChat.of("upper", TEXT), _ -> {}));
                            }
                        });
        assertThat(first.join().text()).isEqualTo("Gur dhvpx oebja sbk");
        assertThat(other.get().join().text()).isEqualTo("THE QUICK BROWN FOX");
        assertThat(String.join("", pieces)).isEqualTo("Gur dhvpx oebja sbk");
        assertThat(pieces).hasSizeGreaterThan(1);
        assertThat(engine.steps().steps()).anyMatch(step -> step.sequences() == 2);
    }

    @Test
    void anAnswerMayBeginAnother() {
        var second =
                engine.submit(EngineChat.of("upper", TEXT), _ -> {})
                        .thenApply(first -> engine.chat("rot13", first.text()).text());
        assertThat(second.join()).isEqualTo("GUR DHVPX OEBJA SBK");
    }

    @Test
    void anAdapterNeedsAName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> engine.load("", TestFiles.demo("adapters/leet")))
                .withMessage("An adapter needs a name; the empty one is that of the base model");
        assertThat(engine.adapters()).doesNotContain("");
    }

    @Test
    void anAnswerEndsAtItsLimit() {
        var answer = engine.chat(EngineChat.of("upper", TEXT).withMaxTokens(3));
        assertThat(answer.text()).isEqualTo("THE");
        assertThat(answer.reason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void anAdapterIsLoadedAndUnloadedBesideOthers() {
        engine.load("leet", TestFiles.demo("adapters/leet"));
        assertThat(engine.adapters()).containsExactly("leet", "rot13", "upper");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> engine.load("leet", TestFiles.demo("adapters/leet")))
                .withMessage("Adapter 'leet' is loaded already; unload it first");
        assertThat(engine.chat("leet", TEXT).text()).isEqualTo("7h3 qu1ck br0wn f0x");
        engine.unload("leet");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> engine.chat("leet", TEXT))
                .withMessage("Adapter 'leet' is not loaded; loaded are [rot13, upper]");
        assertThatIllegalArgumentException().isThrownBy(() -> engine.unload("leet"));
    }

    @Test
    void aFolderWithoutAnAdapterIsNamed() {
        var folder = TestFiles.demo("model");
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> engine.load("bad", folder))
                .withMessageContaining("adapter_config.json");
        assertThat(engine.adapters()).doesNotContain("bad");
        assertThatExceptionOfType(LoadException.class)
                .isThrownBy(() -> DloraEngine.open(TestFiles.demo("absent")))
                .withMessageContaining("does not exist");
    }

    @Test
    void aPromptThatIsTooLongIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> engine.chat("upper", "long ".repeat(500)))
                .withMessageMatching(
                        "The prompt has \\d+ tokens, but prompt and output together can have \\d+. Shorten the prompt.");
    }

    @Test
    void optionsThatDoNotFitAreRefused() {
        var model = TestFiles.demo("model");
        assertThatExceptionOfType(StartException.class)
                .isThrownBy(() ->
                        DloraEngine.open(
                                model, EngineOptions.DEFAULT.withMaxModelLength(1_000_000)))
                .withMessageContaining("max_position_embeddings");
        var tpu = EngineOptions.DEFAULT.withDevice("tpu", EngineOptions.DEFAULT.precision());
        assertThatExceptionOfType(StartException.class)
                .isThrownBy(() -> DloraEngine.open(model, tpu))
                .withMessage(
                        "The device of an engine is 'tpu': expected cpu, or cuda:0 for the first NVIDIA GPU.");
    }

    /** Close waits for the delivery, which the first piece holds up until then. */
    @Test
    void closingFailsUnfinishedAnswersAndRefusesMore() {
        var own = DloraEngine.open(TestFiles.demo("model"));
        var closing = new Thread(own::close);
        var answer =
                own.submit(
                        EngineChat.of("", TEXT),
                        _ -> {
                            if (closing.getState() == Thread.State.NEW) {
                                closing.start();
                                while (closing.getState() != Thread.State.WAITING) {
                                    Thread.onSpinWait();
                                }
                            }
                        });
        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(answer::join)
                .withCauseInstanceOf(AnswerFailedException.class);
        own.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> own.chat("", TEXT))
                .withMessage("The engine is closed");
    }
}
