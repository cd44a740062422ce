package org.dlora.adapter.config;

import java.util.List;

/**
 * A set of modules in the notation of {@code target_modules} and {@code exclude_modules} (PEFT,
 * {@code check_target_module_exists}).
 */
sealed interface ModuleNames {
    /** Returns whether the set has {@code module}, a full name in the Hugging Face module tree. */
    boolean contains(String module);

    /** Full names, or endings that begin after a dot. */
    record Endings(List<String> names) implements ModuleNames {
        public Endings {
            names = List.copyOf(names);
        }

        @Override
        public boolean contains(String module) {
            return names.stream().anyMatch(name -> matches(name, module));
        }

        /** Returns whether the entry {@code name} means {@code module}. */
        static boolean matches(String name, String module) {
            return module.equals(name) || module.endsWith("." + name);
        }
    }

    /** A regular expression that matches a whole name ({@code re.fullmatch}). */
    record Regex(PythonRegex regex) implements ModuleNames {
        @Override
        public boolean contains(String module) {
            return regex.matchesAll(module);
        }
    }

    /** Every linear layer but the output embeddings: {@code "all-linear"}. */
    record AllLinear() implements ModuleNames {
        @Override
        public boolean contains(String module) {
            return !TargetModules.EMBEDDINGS.contains(module);
        }
    }
}
