# What differs from cluster to cluster; read by the batch scripts beside it. Copy it, change it, and name yours with TARIFA_SITE.

# The program; a module or a full path on most clusters.
TARIFA=${TARIFA:-tarifa}

# module load openmpi hdf5 tarifa

# Account and partition are best set where sbatch reads them itself:
#   export SBATCH_ACCOUNT=research SBATCH_PARTITION=night

# How ranks are started: "srun" (Slurm with PMIx, which Debian's Open MPI needs) or "mpirun" (inside the allocation).
TARIFA_LAUNCH=${TARIFA_LAUNCH:-srun}

# launch COMMAND...: one rank for each task of the job, its threads on the cores it was given.
launch()
{
  export OMP_NUM_THREADS=${SLURM_CPUS_PER_TASK:-1} OMP_PROC_BIND=close OMP_PLACES=cores
  if [ "$TARIFA_LAUNCH" = srun ]; then
    # A rank that dies takes the others with it: a batch job must end, not wait.
    srun --mpi=pmix --cpus-per-task="$OMP_NUM_THREADS" --cpu-bind=cores --kill-on-bad-exit=1 "$@"
  else
    # Without PE every rank would be bound to one core, however many threads it has.
    mpirun --map-by "slot:PE=$OMP_NUM_THREADS" "$@"
  fi
}
