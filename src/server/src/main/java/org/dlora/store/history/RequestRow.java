package org.dlora.store.history;

import jakarta.persistence.AttributeOverride;
import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Transient;
import java.time.Duration;
import java.time.Instant;
import org.dlora.catalogue.history.DurationBand;
import org.dlora.catalogue.history.EndedRequest;
import org.dlora.catalogue.history.RequestRecord;
import org.dlora.catalogue.history.RequestRecord.KeptText;
import org.dlora.cluster.facts.CallPart;
import org.jspecify.annotations.Nullable;

/** An ended request in table {@code request}. {@link RequestRows} makes new ones. */
@Entity
@Table(name = "request")
final class RequestRow implements Row {
    @Id long id;
    String base = "";

    @Embedded
    @AttributeOverride(
            name = "key",
            column = @Column(name = "id", insertable = false, updatable = false))
    @AttributeOverride(name = "id", column = @Column(name = "request_id"))
    @AttributeOverride(name = "user", column = @Column(name = "end_user"))
    @AttributeOverride(name = "version", column = @Column(name = "version_number"))
    @AttributeOverride(name = "weightsHash", column = @Column(name = "version_hash"))
    @AttributeOverride(name = "systemFingerprint", column = @Column(name = "fingerprint"))
    @AttributeOverride(name = "arrived", column = @Column(name = "arrived_at"))
    @AttributeOverride(name = "queued", column = @Column(name = "queued_at"))
    @AttributeOverride(name = "adapterReady", column = @Column(name = "ready_at"))
    @AttributeOverride(name = "begun", column = @Column(name = "begun_at"))
    @AttributeOverride(name = "firstToken", column = @Column(name = "first_token_at"))
    @AttributeOverride(name = "done", column = @Column(name = "done_at"))
    @AttributeOverride(name = "unmergedSteps", column = @Column(name = "steps_unmerged"))
    @AttributeOverride(name = "mergedSteps", column = @Column(name = "steps_merged"))
    @AttributeOverride(name = "mixedSteps", column = @Column(name = "steps_mixed"))
    @Convert(attributeName = "replicas", converter = ReplicaNames.class)
    EndedRequest ended;

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

    /** Word of a {@link DurationBand}. */
    @Nullable String ttftBand;

    /** Word of a {@link DurationBand}. */
    @Nullable String durationBand;

    /** Milliseconds from the arrival to the first token. */
    @Nullable Long ttftMs;

    /** Milliseconds from the arrival to the end; null in rows of before. */
    @Nullable Long durationMs;

    /** For Hibernate, which sets the fields. */
    @SuppressWarnings("NullAway.Init")
    RequestRow() {}

    RequestRow(String base, EndedRequest ended) {
        id = ended.key();
        this.base = base;
        this.ended = ended;
        ttftBand = word(DurationBand.of(ended.arrived(), ended.firstToken()));
        durationBand = word(DurationBand.of(ended.arrived(), ended.done()));
        ttftMs = milliseconds(ended.arrived(), ended.firstToken());
        durationMs = milliseconds(ended.arrived(), ended.done());
    }

    private static @Nullable String word(@Nullable DurationBand band) {
        return band == null ? null : band.word();
    }

    private static @Nullable Long milliseconds(Instant from, @Nullable Instant to) {
        return to == null ? null : (Long) Duration.between(from, to).toMillis();
    }

    @Override
    public long key() {
        return id;
    }

    boolean isAnswered() {
        return ended.status().equals(RequestRows.ANSWERED);
    }

    /**
     * Returns whether its prompt was computed, as limits count it: not that of a request that was
     * refused, or that failed or was cancelled before it had begun.
     */
    boolean isComputed() {
        return ended.outputTokens() > 0 || (ended.begun() != null && isAnswered());
    }

    @Override
    public void moveTo(long key) {
        id = key;
    }

    @Override
    public boolean isSame(Row other) {
        return other instanceof RequestRow row && ended.id().equals(row.ended.id());
    }

    /**
     * @param sharedParameters parameters of its hash
     */
    RequestRecord toRecord(@Nullable ParametersRow sharedParameters) {
        return new RequestRecord(
                ended,
                sharedParameters != null
                        ? sharedParameters.parameters
                        : parametersHash == null ? parameters : "{}",
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
