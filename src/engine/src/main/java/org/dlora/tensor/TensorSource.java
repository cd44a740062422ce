package org.dlora.tensor;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * The tensors of one folder, by name. Closing the source unmaps the files; tensors must not be used
 * afterwards.
 */
public interface TensorSource extends AutoCloseable {

    /** Returns all names in the folder's files. */
    Set<String> names();

    /**
     * Returns the tensor called {@code name}.
     *
     * @throws LoadException if there is none
     */
    Tensor tensor(String name);

    /** Returns the files that hold the tensors. */
    List<Path> files();

    /**
     * Asserts that nobody wrote to the files since they were opened, so that what was read is what
     * was validated.
     *
     * @throws LoadException if a file is not the one that was opened
     */
    void checkUnchanged();

    @Override
    void close();
}
