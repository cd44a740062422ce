package org.dlora.adapter;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.dlora.adapter.content.AdapterShape;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.LoadOrigin;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.device.MemoryReservation;
import org.dlora.model.AdapterFormat;
import org.dlora.model.BaseModel;
import org.dlora.tensor.LoadException;

/**
 * An adapter whose configuration and header are valid. Its content is validated and hashed once, by
 * {@link #validate}. After that it is uploaded whenever it is wanted, as long as its content is
 * what was validated. Thread-safe.
 */
public interface RegisteredAdapter {

    /**
     * Reads the configuration and the header in {@code folder}.
     *
     * @param uploader to the device that the adapter will be uploaded to
     * @param memo knows content that was validated before
     * @throws LoadException of all problems that these have
     */
    static RegisteredAdapter of(
            String name, Path folder, BaseModel base, AdapterUploader uploader, ContentMemo memo) {
        return FolderAdapter.of(name, folder, base, uploader, memo);
    }

    /**
     * Does the same with an adapter whose content is known.
     *
     * @param version hash that its content must have; if it has another one, a validation fails
     */
    static RegisteredAdapter of(
            String name,
            Path folder,
            BaseModel base,
            AdapterUploader uploader,
            ContentMemo memo,
            Optional<String> version) {
        return FolderAdapter.of(
                name, folder, base, uploader, memo, version, InstantSource.system());
    }

    /** Does {@link #of(String, Path, BaseModel, AdapterUploader, ContentMemo)} under its name. */
    static RegisteredAdapter of(
            Path folder, BaseModel base, AdapterUploader uploader, ContentMemo memo) {
        return of(AdapterName.of(folder), folder, base, uploader, memo);
    }

    /** Returns the adapter's name for clients. */
    String name();

    /** Returns the folder of its files. */
    Path folder();

    /** Returns the bytes of device memory that an upload reserves. */
    long bytes();

    /** Returns sentences for the adapter's owner, although it can be served; normally none. */
    List<String> warnings();

    /** Returns its ranks and the modules that it changes. */
    default AdapterShape shape() {
        return AdapterShape.UNKNOWN;
    }

    /** Returns the chat format and defaults that its folder had when it was registered. */
    default AdapterFormat format() {
        return AdapterFormat.NONE;
    }

    /** Returns the hash of the content; empty before {@link #validate}. */
    Optional<String> version();

    /**
     * Returns the hash that the content has, or must have to be served; empty if only {@link
     * #validate} will tell.
     */
    default Optional<String> knownVersion() {
        return version();
    }

    /**
     * Validates and hashes the content, unless that was done before.
     *
     * @return the hash of the content
     * @throws LoadException of all problems that the adapter has
     */
    String validate();

    /**
     * Returns the same adapter, validated as far as this one is, once its files have moved to
     * another folder.
     */
    default RegisteredAdapter movedTo(Path folder) {
        throw new UnsupportedOperationException("the files of " + name() + " do not move");
    }

    /**
     * Uploads the adapter, after a validation if there was none. Its packed bytes are taken from a
     * file where there is one. All or nothing: where it fails, no memory is held.
     *
     * @param to the device's uploader
     * @param memory {@link #bytes} that were reserved; given back if this fails
     * @throws LoadException if the adapter has problems, or its content is not what was validated
     */
    AdapterWeights upload(AdapterUploader to, MemoryReservation memory, UploadPace pace);

    /**
     * Copies weights of this adapter that another memory holds. All or nothing.
     *
     * @param resident weights of the same version; they may be closed meanwhile
     * @param memory as for {@link #upload}, but kept if this returns nothing
     * @return empty if they cannot be copied, because they are closed or lie in another layout
     */
    default Optional<AdapterWeights> copy(
            AdapterWeights resident,
            AdapterUploader to,
            MemoryReservation memory,
            UploadPace pace) {
        return Optional.empty();
    }

    /** Returns where {@link #upload} will probably take the weights from. */
    default LoadOrigin expectedOrigin(AdapterUploader to) {
        return LoadOrigin.FILE;
    }

    /**
     * Keeps the packed bytes of {@code weights} in a file, for later uploads. A failure is logged.
     *
     * @param weights from {@link #upload}; they may be closed meanwhile
     */
    default void keepPacked(AdapterWeights weights, AdapterUploader to) {}
}
