/* The program in Contents/MacOS: Python itself, so that the system knows it as the app it belongs to.

Nothing but the bundle decides what it does: no variable, no folder of the user, no current folder.
Started from a terminal it takes arguments as `ppo-desktop` does. */

#include <Python.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __APPLE__
#include <mach-o/dyld.h>

static int find_self(char *path) {
    uint32_t size = PATH_MAX;
    char unresolved[PATH_MAX];
    return _NSGetExecutablePath(unresolved, &size) == 0 && realpath(unresolved, path);
}
#else /* where it is tested */

static int find_self(char *path) { return realpath("/proc/self/exe", path) != NULL; }
#endif

static int is_set(PyConfig *config, wchar_t **field, const char *text) {
    return !PyStatus_Exception(PyConfig_SetBytesString(config, field, text));
}

int main(int argc, char **argv) {
    char contents[PATH_MAX], home[PATH_MAX + 64], interpreter[PATH_MAX + 128];
    if (!find_self(contents)) return 1;
    for (int levels = 0; levels < 2; levels++) *strrchr(contents, '/') = '\0';
    snprintf(home, sizeof home, "%s/Resources/python", contents);
    snprintf(interpreter, sizeof interpreter, "%s/bin/" INTERPRETER, home);

    PyPreConfig before;
    PyPreConfig_InitIsolatedConfig(&before);
    before.utf8_mode = 1;
    PyStatus status = Py_PreInitialize(&before);
    if (PyStatus_Exception(status)) Py_ExitStatusException(status);

    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.write_bytecode = 0; /* What is signed stays as it is. */
    config.configure_c_stdio = 1;
    config.install_signal_handlers = 1; /* Ctrl+C in a terminal. */
    status = PyConfig_SetBytesArgv(&config, argc, argv);
    if (PyStatus_Exception(status) || !is_set(&config, &config.home, home) ||
        !is_set(&config, &config.executable, interpreter) ||
        !is_set(&config, &config.run_module, "ppo_desktop"))
        Py_ExitStatusException(PyStatus_NoMemory());
    status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status)) Py_ExitStatusException(status);
    return Py_RunMain();
}
