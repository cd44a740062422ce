package org.dlora.console.settings;

/**
 * A setting as the bundled {@code application.yml} has it.
 *
 * @param name whole name, as {@code dlora.slo.ttft}
 * @param usual its default, as text
 * @param text what it means: the comment above it, or above those that it stands with
 */
record DescribedSetting(String name, String usual, String text) {}
