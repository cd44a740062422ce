package org.dlora.catalogue.manifest;

import java.util.List;
import java.util.stream.Collectors;

/** Refusal of a manifest that is malformed. Nothing of it has been applied. */
public final class ManifestException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient List<ManifestProblem> problems;

    /**
     * @param problems at least one
     */
    public ManifestException(List<ManifestProblem> problems) {
        super(problems.stream().map(ManifestProblem::toString).collect(Collectors.joining("; ")));
        this.problems = List.copyOf(problems);
    }

    /** Returns all problems, in the order of lines. */
    public List<ManifestProblem> problems() {
        return problems;
    }
}
