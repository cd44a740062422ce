package org.dlora.catalogue.versions;

import java.time.Instant;
import java.util.Optional;
import org.dlora.audit.AuditedAction;
import org.dlora.catalogue.source.fetch.PublicSource;

/**
 * A version of an adapter: weights, what its folder adds to them, and defaults of the catalogue.
 *
 * @param number from 1, in the order in which versions appeared
 * @param weights content hash of the weights; empty until they have been validated once
 * @param extras hash of the folder's chat template and generation defaults; empty if it has none
 * @param defaults fields that the catalogue adds to its requests
 * @param folder of the files: relative to the adapter root that holds it, or absolute
 * @param source identity of where it came from, which has no secrets: a path or the address of a
 *     download
 * @param created time of its first registration
 * @param facts facts about the version beside its content
 * @param retired why it is not served any more; empty while it can be served
 */
public record VersionRecord(
        int number,
        Optional<String> weights,
        String extras,
        VersionDefaults defaults,
        String folder,
        String source,
        Instant created,
        VersionFacts facts,
        Optional<String> retired) {
    public VersionRecord {
        source = PublicSource.identity(source);
    }

    /** Returns where it came from, for operators. */
    public String publicSource() {
        return PublicSource.of(source);
    }

    /** A version of which no facts are known. */
    public VersionRecord(
            int number,
            Optional<String> weights,
            String extras,
            VersionDefaults defaults,
            String folder,
            String source,
            Instant created,
            Optional<String> retired) {
        this(
                number,
                weights,
                extras,
                defaults,
                folder,
                source,
                created,
                VersionFacts.UNKNOWN,
                retired);
    }

    /** Returns the hash of what requests of this version depend on beside the weights. */
    String profile() {
        var own = defaults.hash();
        return extras.isEmpty() && own.isEmpty()
                ? ""
                : ContentDigest.of("profile 1\n" + extras + "\n" + own);
    }

    /**
     * Returns the version's hash: that of its weights, or of weights and profile where it has a
     * profile. 64 characters of lower-case hex.
     */
    public Optional<String> hash() {
        return weights.map(this::hashWith);
    }

    private String hashWith(String content) {
        return profile().isEmpty() ? content : ContentDigest.of(content + "\n" + profile());
    }

    /** Returns whether requests can get it. */
    public boolean isServable() {
        return retired.isEmpty();
    }

    /** Returns whether a version with {@code other}'s folder content and defaults is this one. */
    public boolean isSame(VersionRecord other) {
        return weights.isPresent()
                && weights.equals(other.weights)
                && profile().equals(other.profile());
    }

    /** Returns a copy under another number. */
    public VersionRecord numbered(int other) {
        return new VersionRecord(
                other, weights, extras, defaults, folder, source, created, facts, retired);
    }

    /** Returns a copy with weights of hash {@code content}. */
    public VersionRecord withWeights(String content) {
        return new VersionRecord(
                number,
                Optional.of(content),
                extras,
                defaults,
                folder,
                source,
                created,
                facts,
                retired);
    }

    /** Returns a version with the same content, and other defaults. */
    public VersionRecord with(int newNumber, VersionDefaults otherDefaults) {
        return new VersionRecord(
                newNumber,
                weights,
                extras,
                otherDefaults,
                folder,
                source,
                created,
                facts.by(AuditedAction.currentActor()),
                retired);
    }

    /** Returns a copy that can be served. */
    public VersionRecord again() {
        return in(folder, source);
    }

    /** Returns a copy with files in another place. */
    public VersionRecord in(String otherFolder, String otherSource) {
        return new VersionRecord(
                number,
                weights,
                extras,
                defaults,
                otherFolder,
                otherSource,
                created,
                facts,
                Optional.empty());
    }

    /** Returns a copy that is not served any more. */
    public VersionRecord retire(String reason) {
        return new VersionRecord(
                number,
                weights,
                extras,
                defaults,
                folder,
                source,
                created,
                facts,
                Optional.of(reason));
    }

    /** Returns a copy with other facts. */
    public VersionRecord with(VersionFacts known) {
        return new VersionRecord(
                number, weights, extras, defaults, folder, source, created, known, retired);
    }
}
