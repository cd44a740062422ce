package org.dlora.store.history;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Transient;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.dlora.cluster.facts.CallPart;
import org.dlora.cluster.facts.RequestTimes;
import org.dlora.cluster.history.RequestRecord;
import org.dlora.cluster.history.RequestRecord.KeptText;
import org.dlora.replica.SequenceUsage;
import org.dlora.replica.StepCounts;
import org.jspecify.annotations.Nullable;

/** An ended request in table {@code request}. {@link RequestRows} makes new ones. */
@Entity
@Table(name = "request")
final class RequestRow implements Row {
    @Id long id;
    String base = "";
    String requestId = "";
    @Nullable String clientId;
    @Nullable String apiKey;
    @Nullable String team;
    @Nullable String endUser;
    String model = "";
    @Nullable String adapter;
    @Nullable String alias;
    @Nullable Integer versionNumber;
    @Nullable String versionHash;
    String replicas = "";
    String fingerprint = "";
    String numericMode = "";
    Instant arrivedAt = Instant.EPOCH;
    @Nullable Instant queuedAt;
    @Nullable Instant readyAt;
    @Nullable Instant begunAt;
    @Nullable Instant firstTokenAt;
    Instant doneAt = Instant.EPOCH;
    String status = "";
    String outcome = "";
    int promptTokens;
    int cachedTokens;
    int outputTokens;
    int migrations;
    int rescues;
    int preemptions;
    int stepsUnmerged;
    int stepsMerged;
    int stepsMixed;
    boolean exact;
    @Nullable Long seed;

    /** Parameters of a row of before {@link ParametersRow}; else empty. */
    String parameters = "";

    /** Hash of its {@link ParametersRow}; null in rows of before. */
    @Nullable String parametersHash;

    /** Parameters that are written with a new row; null in one that was read. */
    @Transient @Nullable ParametersRow ownParameters;

    byte[] tokenHashes = new byte[0];
    @Nullable String promptHash;
    byte @Nullable [] tokenLogprobs;
    byte @Nullable [] promptIds;
    byte @Nullable [] outputIds;
    @Nullable String answer;

    /** Part of its call that it counts for in the sums of usage. */
    @Transient CallPart part = CallPart.WHOLE;

    /** JSON of {@link CourseJson}, null without interruptions. */
    @Nullable String course;

    /** Word of a {@link org.dlora.cluster.history.DurationBand}. */
    @Nullable String ttftBand;

    /** Word of a {@link org.dlora.cluster.history.DurationBand}. */
    @Nullable String durationBand;

    /** Milliseconds from the arrival to the first token. */
    @Nullable Long ttftMs;

    /** Milliseconds from the arrival to the end; null in rows of before. */
    @Nullable Long durationMs;

    @Override
    public long key() {
        return id;
    }

    /**
     * Returns whether its prompt was computed, as limits count it: not that of a request that was
     * refused, or that failed or was cancelled before it had begun.
     */
    boolean isComputed() {
        return outputTokens > 0 || (begunAt != null && status.equals(RequestRows.ANSWERED));
    }

    @Override
    public void moveTo(long key) {
        id = key;
    }

    @Override
    public boolean isSame(Row other) {
        return other instanceof RequestRow row && requestId.equals(row.requestId);
    }

    /**
     * @param shared parameters by their hashes
     */
    RequestRecord toRecord(Map<String, String> shared) {
        return new RequestRecord(
                id,
                requestId,
                clientId,
                apiKey,
                team,
                endUser,
                model,
                adapter,
                alias,
                versionNumber,
                versionHash,
                replicas.isEmpty() ? List.of() : List.of(replicas.split(",")),
                fingerprint,
                numericMode,
                new RequestTimes(arrivedAt, queuedAt, readyAt, firstTokenAt, doneAt),
                begunAt,
                status,
                outcome,
                new SequenceUsage(
                        promptTokens,
                        cachedTokens,
                        outputTokens,
                        preemptions,
                        new StepCounts(stepsUnmerged, stepsMerged, stepsMixed)),
                migrations,
                rescues,
                exact,
                seed,
                parametersHash == null ? parameters : shared.getOrDefault(parametersHash, "{}"),
                promptHash,
                tokenHashes,
                tokenLogprobs == null ? null : LogprobBytes.logprobs(tokenLogprobs),
                text(),
                CourseJson.marks(course));
    }

    private @Nullable KeptText text() {
        var prompt = promptIds;
        var output = outputIds;
        return prompt == null || output == null
                ? null
                : new KeptText(
                        TokenBytes.tokens(prompt),
                        TokenBytes.tokens(output),
                        answer == null ? "" : answer);
    }
}
