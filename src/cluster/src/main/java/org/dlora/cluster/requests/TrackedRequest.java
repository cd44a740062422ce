package org.dlora.cluster.requests;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.dlora.cluster.adapters.AdapterChoice;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.facts.Arrival;
import org.dlora.cluster.facts.CallPart;
import org.dlora.cluster.facts.CourseMark;
import org.dlora.cluster.facts.RefusalCode;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.cluster.facts.RequestObserver;
import org.dlora.cluster.facts.RequestOutcome;
import org.dlora.cluster.facts.RequestTimes;
import org.dlora.cluster.facts.RequestTrace;
import org.dlora.cluster.facts.TokenChain;
import org.dlora.constraint.ConstraintMemoryException;
import org.dlora.constraint.ConstraintUse;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Prompt;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StepCounts;
import org.dlora.scheduling.TeamRef;
import org.jspecify.annotations.Nullable;

/**
 * A request on its way through the cluster. It notes the times of the events that its client gets,
 * and tells the observer of its end. First the thread that submits it calls, then those of replicas
 * that deliver, one after another.
 */
public final class TrackedRequest {
    private GenerationRequest request;
    private final GenerationListener client;
    private final Arrival arrival;
    private final @Nullable AdapterChoice choice;
    private final CallPart part;
    private final String model;
    private final RequestObserver observer;
    private @Nullable ServedAdapter adapter;
    private @Nullable String replica;
    private @Nullable Instant queued;
    private @Nullable Instant adapterReady;
    private volatile @Nullable Instant begun;
    private @Nullable Instant firstToken;
    private int outputTokens;
    private int migrations;
    private int rescues;
    private boolean isUnderWay;
    private boolean taken;
    private final TokenChain chain = new TokenChain();
    private final CourseNotes course = new CourseNotes();
    private ConstraintUse constraint = ConstraintUse.NONE;
    private long bytes;
    private final List<String> replicas = new ArrayList<>();
    private final List<Float> logprobs = new ArrayList<>();
    private final @Nullable AnswerNotes notes;

    /**
     * @param model name that the client gave
     */
    public TrackedRequest(Submission submission, String model, RequestObserver observer) {
        request = submission.request();
        client = submission.listener();
        arrival = submission.arrival();
        choice = submission.choice();
        part = submission.part();
        this.model = model;
        this.observer = observer;
        notes = observer.wantsText() ? new AnswerNotes() : null;
    }

    public GenerationRequest request() {
        return request;
    }

    /** Returns the version of its adapter that was chosen; null if none was. */
    public @Nullable AdapterChoice choice() {
        return choice;
    }

    /** Returns the name of the model that the client gave. */
    public String model() {
        return model;
    }

    /** Returns the team whose request it is. */
    public TeamRef team() {
        return TeamRef.ofNullable(arrival.team());
    }

    /** Keeps its constraint compiled until it ends. */
    public void keep(ConstraintUse use) {
        constraint = use;
    }

    /** Notes the bytes of the heap that it holds while it waits. */
    public void holds(long waiting) {
        bytes = waiting;
    }

    /** Returns the bytes of the heap that it holds while it waits. */
    public long bytes() {
        return bytes;
    }

    /** Notes the adapter that the request's name stands for. */
    public void resolved(ServedAdapter served) {
        adapter = served;
    }

    /** Notes the request as it is submitted, with its seed. */
    public void accepted(GenerationRequest submitted) {
        request = submitted;
    }

    /** Notes that a replica or an adapter memory has it now. */
    void queued() {
        if (queued == null) {
            queued = now();
        }
    }

    /** Notes that the request is given to a replica now: its adapter is resident. */
    void given(String toReplica) {
        runsOn(toReplica);
        queued();
        if (adapterReady == null) {
            adapterReady = now();
        }
    }

    /** Returns the client of its events. */
    GenerationListener client() {
        return client;
    }

    /** Notes that a replica computes its first rows. Returns whether it is the first replica. */
    boolean began(long nanos) {
        if (begun != null) {
            return false;
        }
        begun = arrival.timeAt(nanos);
        return true;
    }

    /** Notes that it has left its replica for another one, which has not taken it yet. */
    void left(String forReplica) {
        isUnderWay = true;
        course.interrupted(CourseMark.Kind.MOVED, now(), forReplica);
    }

    /** Notes that another replica has taken it, and runs it from now on. */
    void moved(String toReplica) {
        runsOn(toReplica);
        migrations++;
        arrived();
    }

    /** Notes that its move has failed. If it had left its replica, that has it again. */
    void stayed() {
        if (isUnderWay) {
            arrived();
        }
    }

    private void arrived() {
        isUnderWay = false;
        interrupted(CourseMark.Kind.ARRIVED);
    }

    /** Notes that its replica has failed, or cannot go on with it. */
    void lost(String failed) {
        isUnderWay = false;
        course.interrupted(CourseMark.Kind.LOST, now(), failed);
    }

    private void runsOn(String id) {
        replica = id;
        if (replicas.isEmpty() || !replicas.getLast().equals(id)) {
            replicas.add(id);
        }
    }

    /** Notes that another replica continues it after one has failed. */
    void rescued() {
        rescues++;
        interrupted(CourseMark.Kind.RESCUED);
    }

    /** Notes that it has lost its KV blocks. */
    void preempted() {
        interrupted(CourseMark.Kind.PREEMPTED);
    }

    private void interrupted(CourseMark.Kind kind) {
        course.interrupted(kind, now(), String.valueOf(replica));
    }

    /** Returns the id that the client gave the call; null if it gave none. */
    public @Nullable String clientId() {
        return arrival.clientId();
    }

    /** Returns the seconds since the request's arrival. */
    public double age() {
        return 1e-9 * Duration.between(arrival.at(), now()).toNanos();
    }

    /** Notes that a replica or an adapter memory has taken the request, and will tell its end. */
    public void taken() {
        taken = true;
    }

    /** Ends the request because of {@code cause}, unless it was taken. */
    public void refuse(RuntimeException cause) {
        if (!taken) {
            replica = null;
            replicas.clear();
            queued = null;
            adapterReady = null;
            end(SequenceUsage.NONE, new RequestOutcome.TurnedAway(code(cause)));
        }
    }

    private static RefusalCode code(RuntimeException cause) {
        return switch (cause) {
            case QueueFullException _, ConstraintMemoryException _ -> RefusalCode.QUEUE_FULL;
            case NoSuchAdapterException _ -> RefusalCode.UNKNOWN_ADAPTER;
            case IllegalArgumentException _ -> RefusalCode.INVALID;
            case IllegalStateException _ -> RefusalCode.UNAVAILABLE;
            default -> RefusalCode.DEFECT;
        };
    }

    /** Notes an event before its client gets it. */
    void note(GenerationEvent event) {
        if (event instanceof Token token) {
            if (firstToken == null || course.isInterrupted()) {
                tokenAt(now());
            }
            outputTokens++;
            chain.add(token.token());
            if (token.logprobs() != null) {
                logprobs.add(token.logprobs().token().logprob());
            }
        }
        if (notes != null) {
            notes.on(event);
        }
    }

    /** Tells the observer of its end, once its client has the last event. */
    void end(GenerationEvent last) {
        switch (last) {
            case Finished(var reason, _, _, var usage) ->
                    end(usage, new RequestOutcome.Answered(reason));
            case Failed(var code, _, var usage) -> end(usage, new RequestOutcome.Broke(code));
            case Prompt _, Token _ -> {}
        }
    }

    /** Notes a token. One reading of the clock ends a prefill and the interruption in it. */
    private void tokenAt(Instant at) {
        if (firstToken == null) {
            firstToken = at;
        }
        course.token(at, String.valueOf(replica));
    }

    private @Nullable String version() {
        return adapter == null ? null : adapter.version().orElse(null);
    }

    private void end(SequenceUsage told, RequestOutcome outcome) {
        constraint.close();
        var times = new RequestTimes(arrival.at(), queued, adapterReady, firstToken, now());
        observer.ended(
                new RequestFacts(
                        request.id(),
                        arrival.clientId(),
                        model,
                        version(),
                        replica,
                        times,
                        whole(told),
                        migrations,
                        rescues,
                        outcome,
                        trace()));
    }

    private RequestTrace trace() {
        return new RequestTrace(
                adapter == null ? null : adapter.name(),
                choice == null ? null : choice.number(),
                choice == null || choice.alias().isEmpty() ? null : choice.alias(),
                arrival.endUser(),
                arrival.apiKey(),
                arrival.team(),
                begun,
                arrival.traceParent(),
                List.copyOf(replicas),
                request,
                chain.hashes(),
                request.logprobs() < 0 ? null : logprobs(),
                notes == null ? null : notes.answer(),
                course.marks(),
                part);
    }

    private float[] logprobs() {
        var all = new float[logprobs.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = logprobs.get(i);
        }
        return all;
    }

    /** Returns the usage with all tokens, also if the engine that failed could not tell. */
    private SequenceUsage whole(SequenceUsage told) {
        return told.equals(SequenceUsage.NONE)
                ? new SequenceUsage(request.prompt().length, 0, outputTokens, 0, StepCounts.NONE)
                : told;
    }

    private Instant now() {
        return arrival.timeAt(System.nanoTime());
    }
}
