/* Starts PPO Desktop with the Python beside it, in this very process: the task bar shows our name and icon, a
   console waits for us, and neither the user's variables nor his other Pythons change anything.

   Compiled twice: with CONSOLE for terminals, without it for the menu. */

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

#define LONGEST 32768
#define LIBRARY L"python313.dll"

typedef int (*PythonMain)(int count, wchar_t **arguments);

static int complain(void)
{
    const wchar_t *text = L"PPO Desktop is not complete, so it cannot start: install it again.";
#ifdef CONSOLE
    fwprintf(stderr, L"ppo-desktop: %ls\n", text);
#else
    MessageBoxW(NULL, text, L"PPO Desktop", MB_OK | MB_ICONERROR);
#endif
    return 1;
}

/* Load Python from `folder`, which is searched for the libraries of all packages from now on. */
static PythonMain load_python(const wchar_t *folder)
{
    static wchar_t path[LONGEST];
    swprintf(path, LONGEST, L"%ls\\%ls", folder, LIBRARY);
    AddDllDirectory(folder);
    HMODULE library = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    return library ? (PythonMain)(void *)GetProcAddress(library, "Py_Main") : NULL;
}

int wmain(int count, wchar_t **given)
{
    static wchar_t folder[LONGEST], python[LONGEST];
    GetModuleFileNameW(NULL, folder, LONGEST - MAX_PATH);
    wcscpy(wcsrchr(folder, L'\\'), L"\\python");
    PythonMain run = load_python(folder);
    if (!run)
        return complain();
    /* What Python takes for its own name is what our program starts for work in another process. */
    swprintf(python, LONGEST, L"%ls\\python.exe", folder);
    wchar_t *ours[] = {python, L"-I", L"-X", L"utf8", L"-m", L"ppo_desktop"};
    const int n_ours = sizeof ours / sizeof *ours;
    wchar_t **arguments = calloc(n_ours + count, sizeof *arguments);
    memcpy(arguments, ours, sizeof ours);
    memcpy(arguments + n_ours, given + 1, (count - 1) * sizeof *given);
    return run(n_ours + count - 1, arguments);
}
