package org.dlora.catalogue.gate;

import static java.time.temporal.ChronoUnit.MILLIS;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.dlora.audit.AuditedAction;
import org.dlora.catalogue.accounts.TokenAccounts;
import org.dlora.catalogue.accounts.TokenAccounts.Reservation;
import org.dlora.catalogue.accounts.TokenAccounts.Work;
import org.dlora.catalogue.accounts.TokensRefusedException;
import org.dlora.catalogue.served.GateNotRunException;
import org.dlora.catalogue.versions.Gate;
import org.dlora.catalogue.versions.GateDraft;
import org.dlora.catalogue.versions.GatePrompt;
import org.dlora.catalogue.versions.GatePrompt.RecordedTokens;
import org.dlora.catalogue.versions.GateResult;
import org.dlora.catalogue.versions.GateResult.Finding;
import org.dlora.catalogue.versions.VersionRecord;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.model.BaseModel;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.replica.request.TokenLogprobs;
import org.dlora.scheduling.AdapterRef;
import org.jspecify.annotations.Nullable;

/**
 * Runner of gates, one at a time. Prompts run one after another, greedily and never through merged
 * weights, so that a version's answers are the same in each run. A prompt waits for some seconds
 * while requests of clients wait. Calls block. Thread-safe.
 */
public final class GateRunner {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration COURTESY = Duration.ofSeconds(5);
    private static final Duration GLANCE = Duration.ofMillis(200);
    private static final Duration LOOK = Duration.ofMillis(20);

    /** Tokens of all prompts and answers of a gate. */
    private static final long MOST_TOKENS = 1 << 17;

    private final BackgroundEngine engine;
    private final BaseModel base;
    private final Clock clock;
    private final GateJudge judge;
    private final ReentrantLock running = new ReentrantLock();
    private volatile TokenAccounts accounts = TokenAccounts.FREE;
    private volatile boolean isEnding;

    /** Tokens of the gate that runs; under the lock. */
    private long used;

    public GateRunner(BackgroundEngine engine, BaseModel base, Clock clock) {
        this.engine = engine;
        this.base = base;
        this.clock = clock;
        judge = new GateJudge(base.tokenizer());
    }

    /** Has gates paid by {@code paying}, and their cached prefixes owned there, from now on. */
    public void chargeTo(TokenAccounts paying) {
        accounts = paying;
    }

    /** Ends the gate that runs, and refuses others. */
    public void end() {
        isEnding = true;
    }

    private void requireRunning() {
        if (isEnding) {
            throw notRun("the server is shutting down");
        }
    }

    /**
     * Runs all prompts of a gate.
     *
     * @param candidate registration that serves the version
     * @throws GateNotRunException if it cannot be run to its end
     */
    public GateResult run(ServedAdapter candidate, VersionRecord version, Gate gate) {
        long most =
                gate.prompts().stream()
                        .mapToLong(prompt -> mostTokens(candidate, version, prompt))
                        .sum();
        if (most > MOST_TOKENS) {
            throw notRun(tooMany(most));
        }
        return paid(
                most,
                () -> {
                    var findings = new ArrayList<Finding>();
                    for (var prompt : gate.prompts()) {
                        findings.add(finding(candidate, version, prompt));
                    }
                    return new GateResult(
                            hash(candidate, version),
                            gate.hash(),
                            clock.instant().truncatedTo(MILLIS),
                            findings);
                });
    }

    /**
     * Works as the only one, at the cost of the author of the running change. The tokens are
     * reserved first, so that who has none left waits for nobody and takes nobody's turn.
     */
    private <T> T paid(long most, Supplier<T> work) {
        var reserved = reserve(most);
        long spent = 0;
        running.lock();
        try {
            used = 0;
            try {
                return work.get();
            } finally {
                spent = used;
            }
        } finally {
            running.unlock();
            reserved.settle(spent);
        }
    }

    private Reservation reserve(long tokens) {
        try {
            return AuditedAction.currentActor()
                    .map(payer -> accounts.reserve(payer, Work.REQUEST, tokens))
                    .orElse(Reservation.NONE);
        } catch (TokensRefusedException e) {
            throw new GateNotRunException(
                    "The gate was not run: " + e.getMessage(),
                    e.getCause() == null ? e : e.getCause());
        }
    }

    private PrefixOwner prefixOwner() {
        return AuditedAction.currentActor().map(accounts::prefixOwner).orElse(PrefixOwner.SHARED);
    }

    private static String tooMany(long tokens) {
        return "its prompts and answers have up to %d tokens together, but %d are the most; shorten them, or give max_tokens"
                .formatted(tokens, MOST_TOKENS);
    }

    private long mostTokens(ServedAdapter candidate, VersionRecord version, GatePrompt prompt) {
        return (long) promptTokens(candidate, version, prompt.messages(), prompt.text())
                + prompt.recorded()
                        .map(recorded -> recorded.tokens().size() + 1)
                        .orElseGet(prompt::maxTokens);
    }

    /** Returns the length of a prompt; 0 for one that cannot be asked. */
    private int promptTokens(
            ServedAdapter candidate,
            VersionRecord version,
            List<GatePrompt.GateMessage> messages,
            String text) {
        try {
            return tokens(candidate, version, messages, text).length;
        } catch (IllegalArgumentException _) {
            return 0;
        }
    }

    private static String hash(ServedAdapter candidate, VersionRecord version) {
        return candidate
                .version()
                .map(version::withWeights)
                .flatMap(VersionRecord::hash)
                .orElseThrow(() -> notRun("the content of the version is not known"));
    }

    private static GateNotRunException notRun(String why) {
        return new GateNotRunException("The gate was not run to its end: " + why);
    }

    private Finding finding(ServedAdapter candidate, VersionRecord version, GatePrompt prompt) {
        try {
            int[] tokens = tokens(candidate, version, prompt.messages(), prompt.text());
            if (prompt.expected().isPresent()) {
                var answer = ask(candidate, prompt.text(), tokens, prompt.maxTokens(), -1);
                return judge.text(prompt.expected().get(), answer);
            }
            var recorded = prompt.recorded().orElseThrow();
            var whole =
                    IntStream.concat(
                                    IntStream.of(tokens),
                                    recorded.tokens().stream().mapToInt(Integer::intValue))
                            .toArray();
            var answer = ask(candidate, prompt.text(), whole, 1, 0);
            return judge.divergence(recorded, answer.lastOfPrompt(recorded.tokens().size()));
        } catch (IllegalArgumentException e) {
            return GateJudge.unanswered(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Returns a gate whose prompts all have an expectation: the answers of a version where the
     * drafts have none.
     *
     * @throws IllegalArgumentException if the version cannot answer a prompt, or there are too many
     * @throws GateNotRunException as {@link #run}
     */
    public Gate record(ServedAdapter candidate, VersionRecord version, List<GateDraft> drafts) {
        var asked = drafts.subList(0, Math.min(drafts.size(), Gate.MAX_PROMPTS + 1));
        long whole = 0;
        long most = 0;
        for (var draft : asked) {
            long tokens =
                    (long) promptTokens(candidate, version, draft.messages(), draft.text())
                            + draft.maxTokens();
            whole += tokens;
            most += draft.isComplete() ? 0 : tokens;
        }
        if (whole > MOST_TOKENS) {
            throw new IllegalArgumentException("The gate is too large: " + tooMany(whole));
        }
        return paid(
                most,
                () -> {
                    var prompts = new ArrayList<GatePrompt>();
                    for (int i = 0; i < asked.size(); i++) {
                        prompts.add(recorded(candidate, version, asked.get(i), i));
                    }
                    return new Gate(prompts);
                });
    }

    private GatePrompt recorded(
            ServedAdapter candidate, VersionRecord version, GateDraft draft, int index) {
        if (draft.isComplete()) {
            return draft.complete();
        }
        try {
            int[] tokens = tokens(candidate, version, draft.messages(), draft.text());
            var answer = ask(candidate, draft.text(), tokens, draft.maxTokens(), -1);
            return draft.maxDivergence().isPresent()
                    ? draft.expecting(
                            new RecordedTokens(
                                    answer.tokens().stream().map(one -> one.token()).toList(),
                                    answer.tokens().stream()
                                            .map(one -> logprob(one.logprobs()))
                                            .toList(),
                                    draft.maxDivergence().getAsDouble()))
                    : draft.expecting(answer.text());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "The answer to prompt %d cannot be recorded: %s"
                            .formatted(index, e.getMessage()),
                    e);
        }
    }

    private static double logprob(@Nullable TokenLogprobs known) {
        if (known == null) {
            throw notRun("a replica told no log-probabilities");
        }
        return known.token().logprob();
    }

    private int[] tokens(
            ServedAdapter candidate,
            VersionRecord version,
            List<GatePrompt.GateMessage> messages,
            String text) {
        if (!text.isEmpty()) {
            return base.tokenizer().encode(text, true);
        }
        var format =
                candidate
                        .source()
                        .format()
                        .chat()
                        .or(base::chat)
                        .orElseThrow(() ->
                                new IllegalArgumentException(
                                        "the model has no chat template; give a text as 'prompt'"));
        var given = new ArrayList<Map<String, Object>>();
        messages.forEach(one -> given.add(Map.of("role", one.role(), "content", one.content())));
        try {
            var rendered = format.render(version.defaults().messages(given), true, Map.of(), clock);
            return base.tokenizer().encode(rendered, false);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "the chat template refuses the messages: " + e.getMessage(), e);
        }
    }

    /**
     * Asks one prompt.
     *
     * @param text empty for a chat
     * @throws IllegalArgumentException if the version cannot answer it
     */
    private GateAnswer ask(
            ServedAdapter candidate, String text, int[] prompt, int maxTokens, int promptLogprobs) {
        giveWay();
        requireRunning();
        var endTokens = candidate.source().format().generation().endTokens();
        var request =
                new GenerationRequest(
                                "gate-" + UUID.randomUUID(),
                                AdapterRef.of(candidate.id()),
                                prompt,
                                SamplingParams.GREEDY,
                                new StopConditions(
                                        maxTokens, 0, false, endTokens, List.of(), false),
                                0,
                                promptLogprobs,
                                true,
                                true,
                                !text.isEmpty(),
                                true)
                        .withPrefixOwner(prefixOwner());
        var answer = new GateAnswer();
        submit(request, answer);
        used += prompt.length;
        try {
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (!answer.await(GLANCE)) {
                if (isEnding || System.nanoTime() - end > 0) {
                    engine.cancel(request.id());
                    requireRunning();
                    throw notRun(
                            "a prompt was not answered within %d s"
                                    .formatted(PATIENCE.toSeconds()));
                }
            }
        } catch (InterruptedException _) {
            engine.cancel(request.id());
            Thread.currentThread().interrupt();
            throw notRun("it was interrupted");
        } finally {
            used += answer.tokens().size();
        }
        return switch (answer.last()) {
            case Finished end when end.reason() == FinishReason.CANCELLED ->
                    throw notRun("the server ended a prompt");
            case Failed failed -> throw failure(failed);
            default -> answer;
        };
    }

    private void submit(GenerationRequest request, GateAnswer answer) {
        try {
            engine.submit(request, answer);
        } catch (IllegalStateException e) {
            throw notRun(String.valueOf(e.getMessage()));
        }
    }

    private static RuntimeException failure(Failed failed) {
        return switch (failed.code()) {
            case LOGITS_NOT_FINITE, ADAPTER_UNAVAILABLE, ADAPTER_TOO_LARGE, NO_TOKEN_POSSIBLE ->
                    new IllegalArgumentException(failed.message());
            default -> notRun(failed.message());
        };
    }

    /** Waits while requests of clients wait, for a limited time, so that a gate ends under load. */
    private void giveWay() {
        for (long i = 0; i < COURTESY.dividedBy(LOOK) && engine.isBusy(); i++) {
            LockSupport.parkNanos(LOOK.toNanos());
        }
    }
}
