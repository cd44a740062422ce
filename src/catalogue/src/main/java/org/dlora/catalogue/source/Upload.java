package org.dlora.catalogue.source;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dlora.catalogue.source.RemoteSource.Fetched;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.catalogue.source.unpack.AdapterDraft;
import org.dlora.catalogue.source.unpack.Archive;
import org.dlora.catalogue.source.unpack.UnpackLimits;
import org.jspecify.annotations.Nullable;

/**
 * Reception of an adapter's files from a client: those of a PEFT folder, or one archive of it. One
 * thread at a time uses it. Methods throw {@link SourceException} for what cannot be taken, and
 * {@link java.util.concurrent.CancellationException} after the job was cancelled. Closing it
 * removes what came, unless it was {@link #finish}ed.
 */
public final class Upload implements AutoCloseable {
    private final AcquisitionJobs jobs;
    private final AcquisitionJob job;
    private final Path staging;
    private final UnpackLimits limits;
    private final AdapterDraft draft;
    private @Nullable String name;
    private boolean inPlace;
    private boolean isVersion;
    private @Nullable OutputStream file;
    private @Nullable Path archive;
    private int files;
    private boolean finished;

    Upload(AcquisitionJobs jobs, AcquisitionJob job, Path staging, UnpackLimits limits)
            throws IOException {
        this.jobs = jobs;
        this.job = job;
        this.staging = staging;
        this.limits = limits;
        draft =
                new AdapterDraft(
                        Files.createDirectory(staging.resolve("files")), limits, job.transfer());
    }

    public AcquisitionJob job() {
        return job;
    }

    /** Sets the adapter's name. */
    public void name(String adapter) {
        if (name != null) {
            throw SourceException.refused("The field name is there twice");
        }
        name = adapter;
        var _ = request();
    }

    /** Sets whether the adapter may replace one of its name. */
    public void inPlace(boolean mayReplace) {
        inPlace = mayReplace;
        var _ = request();
    }

    /** Sets that the adapter becomes a version which requests for its name do not get. */
    public void addVersion() {
        isVersion = true;
        var _ = request();
    }

    /** Returns what is asked for so far, of which the job is told. */
    private AcquisitionRequest request() {
        var request =
                new AcquisitionRequest(
                        name == null ? "" : name, AcquisitionRequest.UPLOAD, inPlace, !isVersion);
        job.request(request);
        return request;
    }

    /** Begins a file, and ends the one before. */
    public void begin(String path) {
        end();
        files++;
        if (archive != null || (Archive.isOne(path) && files > 1)) {
            throw SourceException.refused(
                    "There is an archive beside other files; send either one archive or the files of the folder");
        }
        if (Archive.isOne(path)) {
            archive = staging.resolve("archive");
            file = newFile(archive);
        } else {
            file = draft.file(path);
        }
    }

    private static OutputStream newFile(Path path) {
        try {
            return Files.newOutputStream(path);
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private static SourceException unwritable(IOException e) {
        return SourceException.storage("The upload cannot be written", e);
    }

    /** Takes bytes of the file that was begun last. */
    public void write(ByteBuffer bytes) {
        var out = file;
        if (out == null) {
            throw SourceException.refused("There are bytes before the first file");
        }
        job.transfer().add(bytes.remaining());
        if (job.transfer().bytes() > limits.maxBytes()) {
            throw new SourceException(
                    SourceException.Kind.TOO_LARGE,
                    "The upload has more than %d bytes (dlora.adapters.uploads.max-size)"
                            .formatted(limits.maxBytes()));
        }
        var chunk = new byte[bytes.remaining()];
        bytes.get(chunk);
        try {
            out.write(chunk);
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private void end() {
        var out = file;
        file = null;
        if (out != null) {
            try {
                out.close();
            } catch (IOException e) {
                throw unwritable(e);
            }
        }
    }

    /**
     * Ends the reception. The files are validated, stored and served by a worker.
     *
     * @throws org.dlora.adapter.AdapterRefusedException if the name cannot be used
     */
    public AcquisitionJob finish() {
        end();
        if (name == null) {
            throw SourceException.refused(
                    "The field name is missing: what clients shall call the adapter");
        }
        if (files == 0) {
            throw SourceException.refused(
                    "There are no files; expected those of a PEFT folder, or one zip or tar.gz of it");
        }
        jobs.check(request());
        job.transfer().expect(job.transfer().bytes());
        job.transfer().goOn();
        finished = true;
        jobs.received(job, staging, _ -> files());
        return job;
    }

    private Fetched files() throws IOException {
        job.enter(AcquisitionState.FETCHING);
        var packed = archive;
        if (packed != null) {
            Archive.unpack(packed, draft, limits);
            Files.delete(packed);
        }
        return new Fetched(draft.adapter(), AcquisitionRequest.UPLOAD);
    }

    /**
     * Ends the job because of {@code cause}, unless it was finished.
     *
     * @param cause an error of this, or of the connection
     */
    public void fail(Throwable cause) {
        if (!finished) {
            job.fail(
                    AcquisitionJobs.isExpected(cause)
                            ? cause
                            : SourceException.unavailable(
                                    "The upload broke off: " + cause.getMessage(), cause));
        }
    }

    @Override
    public void close() {
        if (finished) {
            return;
        }
        fail(SourceException.refused("The upload ended early"));
        try {
            end();
        } finally {
            jobs.discard(staging);
        }
    }
}
